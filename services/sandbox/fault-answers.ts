import type { FakeResponse } from "../../providers/kit/fake.js";
import type { Fault } from "./faults.js";

/** What a fault says in the service's place; undefined for those that say nothing of their own. */
export function answerOf(fault: Fault, service: string): FakeResponse | undefined {
  switch (fault.kind) {
    case "status":
    case "status-after": {
      const headers = fault.headers ?? {};
      // Neither status has a body.
      if (fault.status === 204 || fault.status === 304) return { status: fault.status, headers };
      const body = fault.body === undefined ? errorBody(service, fault.status) : fault.body;
      return { status: fault.status, headers, body };
    }
    case "html":
      return {
        status: fault.status,
        headers: { "content-type": "text/html; charset=utf-8" },
        body: "<!doctype html><title>Gateway</title><h1>The gateway has no answer</h1>\n",
      };
    case "redirect":
      return { status: fault.status ?? 302, headers: { location: fault.location } };
    case "throttle":
      return throttled(service);
    default:
      return undefined;
  }
}

function throttled(service: string): FakeResponse {
  if (service === "secretsmanager") {
    return {
      status: 400,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: { __type: "ThrottlingException", message: "Rate exceeded" },
    };
  }
  return { status: 429, headers: { "retry-after": "1" }, body: errorBody(service, 429) };
}

/** An error in the shape the service's clients look for: some of them take any other body for a success. */
function errorBody(service: string, status: number): unknown {
  const message = "The sandbox was told to answer this";
  if (service === "secretsmanager") {
    return { __type: status >= 500 ? "InternalServiceError" : "InvalidRequestException", message };
  }
  if (service === "stripe") {
    const type = status === 429 ? "rate_limit" : status >= 500 ? "api_error" : "invalid_request_error";
    return { error: { type, code: type, message } };
  }
  return { message };
}
