import type { FakeResponse } from "../../kit/fake.js";

const docs = "https://docs.github.com/rest";

/** A refusal with the body GitHub sends. */
export function refusal(status: number, message: string, documentation: string = docs): FakeResponse {
  return { status, body: { message, documentation_url: documentation, status: String(status) } };
}

/** What is wrong with one field; without `field`, with the request as a whole. */
export interface Invalid {
  readonly resource: string;
  readonly code: string;
  readonly field?: string;
  readonly message: string;
}

/** 422, with what is wrong field by field. */
export function validationFailed(documentation: string, ...errors: readonly Invalid[]): FakeResponse {
  const body = { message: "Validation Failed", errors, documentation_url: documentation, status: "422" };
  return { status: 422, body };
}

export const ok = (body: unknown): FakeResponse => ({ status: 200, body });
export const noContent: FakeResponse = { status: 204 };

export const badCredentials = () => refusal(401, "Bad credentials");
export const requiresAuthentication = () => refusal(401, "Requires authentication");
export const notFound = () => refusal(404, "Not Found");
export const suspendedInstallation = () =>
  refusal(403, "This installation has been suspended", `${docs}/apps/apps#suspend-an-app-installation`);

/** GitHub's timestamps have no fraction of a second. */
export function timestamp(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, "Z");
}
