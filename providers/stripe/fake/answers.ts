import type { FakeRequest, FakeResponse } from "../../kit/fake.js";

/** What a route answers. The fake's own codes stand where Stripe's are not known: they begin with `fake_`. */
export type Answer = Pick<FakeResponse, "status" | "body" | "headers">;

/** v1's error object: always a type, often a code, sometimes the parameter that was wrong. */
export interface V1Error {
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly type?: "invalid_request_error" | "idempotency_error" | "api_error";
}

export function refuseV1(status: number, error: V1Error): Answer {
  return { status, body: { error: { type: "invalid_request_error", ...error } } };
}

/** v2's error object: always code and message. */
export function refuseV2(status: number, code: string, message: string, type?: string): Answer {
  return { status, body: { error: { code, message, type: type ?? "invalid_request_error" } } };
}

/** No such route, or none with this method. */
export function unrecognized({ method, path }: FakeRequest): Answer {
  const message = `Unrecognized request URL (${method}: ${path}).`;
  return isV2(path) ? refuseV2(404, "not_found", message) : refuseV1(404, { message });
}

/** Whether errors have v2's shape. */
export function isV2(path: string): boolean {
  return path.startsWith("/v2/");
}
