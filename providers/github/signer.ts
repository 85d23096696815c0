import githubAppJwt from "universal-github-app-jwt";
import { ProviderError, providerErrorIn } from "../kit/failure.js";
import type { Secret } from "../kit/secret.js";
import type { CreateJwt } from "./client.js";

/** Signs with the PEM from the admin secret, on the lent clock. */
export function pemSigner(privateKey: Secret, now: () => Date): CreateJwt {
  return async (appId, timeDifference) => {
    // auth-app measures the difference against the system clock, whatever clock the first try was signed with.
    const ms = timeDifference === undefined ? now().getTime() : Date.now() + timeDifference * 1000;
    const { token } = await githubAppJwt({
      id: appId,
      privateKey: privateKey.reveal(),
      now: Math.floor(ms / 1000),
    });
    return { jwt: token };
  };
}

/** Someone's own signer, held to what is documented: its errors and odd results must not travel. */
export function ownSigner(createJwt: CreateJwt): CreateJwt {
  return async (appId, timeDifference) => {
    let signed: Awaited<ReturnType<CreateJwt>>;
    try {
      signed = await createJwt(appId, timeDifference);
    } catch (thrown) {
      throw providerErrorIn(thrown) ?? signerFailure("unavailable", `it threw ${nameOf(thrown)}`);
    }
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(String(signed?.jwt))) {
      throw signerFailure("unexpected", "something else");
    }
    return signed;
  };
}

function signerFailure(code: "unavailable" | "unexpected", found: string): ProviderError {
  return new ProviderError(code, {
    expected: "createJwt to give { jwt } with a signed App JWT",
    found,
    next: "Check that the signer's key exists and that this function may use it.",
  });
}

/** An SDK's class of error is worth telling (AccessDeniedException); anything else might be a value. */
function nameOf(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.name : "";
  return /^[A-Z][A-Za-z]{2,60}(Error|Exception)$/.test(name) ? name : "an error";
}
