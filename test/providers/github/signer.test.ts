import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import githubAppJwt from "universal-github-app-jwt";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createInstallationToken } from "../../../providers/github/installation-token.js";
import { ProviderError } from "../../../providers/kit/failure.js";
import { type Bench, mintRequest, openBench, outcome } from "./bench.js";

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.served.close());

type CreateJwt = NonNullable<Parameters<typeof createInstallationToken>[0]>["createJwt"];
const module = "file:///somewhere/else.js";
const connectWith = (createJwt: CreateJwt, admin: unknown = { appId: bench.admin["appId"] }) =>
  bench.connect({ provider: createInstallationToken({ createJwt, module }), admin });

/** As someone's own module would sign, in a KMS or not: on the system's clock. */
const sign: CreateJwt = async (id, timeDifference = 0) => {
  const now = Math.floor(Date.now() / 1000) + timeDifference;
  const { token } = await githubAppJwt({ id, privateKey: String(bench.admin["privateKey"]), now });
  return { jwt: token };
};

it("signs elsewhere, so that the admin secret holds no PEM, and mends the signer's clock", async () => {
  const seen: (number | undefined)[] = [];
  const github = await connectWith((appId, timeDifference) => {
    expect(appId).toBe(String(bench.admin["appId"]));
    seen.push(timeDifference);
    return sign(appId, timeDifference);
  });
  const key = await github.make(mintRequest());
  expect(await github.verify(key)).toBe("accepted");
  await github.retire(key);
  expect(seen).toEqual([undefined, expect.any(Number)]);
});

it("does not look at a privateKey that is there all the same", async () => {
  for (const privateKey of ["anything", 17, null]) {
    const github = await connectWith(sign, { appId: bench.admin["appId"], privateKey });
    expect(await outcome(github.make(mintRequest()))).toBe("ok");
  }
});

it("names the module that is to be bundled: the signer's", () => {
  expect(createInstallationToken({ createJwt: sign, module })).toMatchObject({
    id: "github/installation-token",
    module,
  });
  expect(createInstallationToken().module).toMatch(/\/providers\/github\/installation-token\.ts$/);
});

it("says of a failing signer that it failed, with the name of an AWS error and nothing else", async () => {
  const planted = randomBytes(16).toString("hex");
  const denied = Object.assign(new Error(planted), { name: "AccessDeniedException" });
  const odd = Object.assign(new Error("no"), { name: planted });
  for (const [thrown, text] of [
    [denied, "it threw AccessDeniedException"],
    [odd, "it threw an error"],
    [planted, "it threw an error"],
    [undefined, "it threw an error"],
  ] as const) {
    const github = await connectWith(async () => {
      throw thrown;
    });
    const error = await github.make(mintRequest()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining(text) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(planted);
  }
  const own = new ProviderError("admin_rejected", { expected: "a", found: "b", next: "c" });
  const github = await connectWith(() => Promise.reject(own));
  await expect(github.make(mintRequest())).rejects.toBe(own);
  expect(bench.served.requests).toEqual([]);
});

it("refuses what is no JWT before it is sent", async () => {
  const planted = randomBytes(16).toString("hex");
  for (const jwt of ["", planted, `${planted}\n.a.b`, `a.b.${planted} c`, "a.b."]) {
    const github = await connectWith(async () => ({ jwt }));
    const error = await github.make(mintRequest()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "unexpected" });
    expect(inspect(error)).not.toContain(planted);
  }
  expect(bench.served.requests).toEqual([]);
});
