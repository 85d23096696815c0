import type { FakeResponse } from "../../providers/kit/fake.js";
import type { Fault } from "./faults.js";

/** What a fault says in the service's place; undefined for those that say nothing of their own. */
export function answerOf(fault: Fault, service: string): FakeResponse | undefined {
  switch (fault.kind) {
    case "status":
    case "status-after": {
      const { status, headers } = fault;
      // Neither status has a body.
      if (status === 204 || status === 304) return { status, headers: headers ?? {} };
      if (fault.body !== undefined) return { status, headers: headers ?? {}, body: fault.body };
      const aws = awsErrors[service];
      const usual = aws
        ? awsError(service, status, status >= 500 ? aws.failed : aws.refused)
        : { body: errorBody(service, status) };
      return { status, ...usual, headers: { ...usual.headers, ...headers } };
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
  const aws = awsErrors[service];
  if (aws) {
    const status = service === "scheduler" ? 429 : 400;
    return { status, ...awsError(service, status, aws.throttled, "Rate exceeded") };
  }
  return { status: 429, headers: { "retry-after": "1" }, body: errorBody(service, 429) };
}

const told = "The sandbox was told to answer this";

/** The codes with which each of AWS's services says that it failed, that the request is refused, and that there are too many. */
const awsErrors: Readonly<Record<string, { failed: string; refused: string; throttled: string }>> = {
  secretsmanager: {
    failed: "InternalServiceError",
    refused: "InvalidRequestException",
    throttled: "ThrottlingException",
  },
  scheduler: {
    failed: "InternalServerException",
    refused: "ValidationException",
    throttled: "ThrottlingException",
  },
  events: { failed: "InternalException", refused: "ValidationException", throttled: "ThrottlingException" },
  logs: {
    failed: "ServiceUnavailableException",
    refused: "InvalidParameterException",
    throttled: "ThrottlingException",
  },
  sqs: { failed: "InternalError", refused: "InvalidParameterValue", throttled: "RequestThrottled" },
};

/** restJson1 names the error in a header; awsJson in the body, and SQS in the old protocol's header too. */
function awsError(
  service: string,
  status: number,
  code: string,
  message = told,
): Omit<FakeResponse, "status"> {
  switch (service) {
    case "scheduler":
      return {
        headers: { "content-type": "application/json", "x-amzn-errortype": code },
        body: { Message: message },
      };
    case "sqs":
      return {
        headers: {
          "content-type": "application/x-amz-json-1.0",
          "x-amzn-query-error": `${code};${status >= 500 ? "Receiver" : "Sender"}`,
        },
        body: { __type: `com.amazonaws.sqs#${code}`, message },
      };
    default:
      return { headers: { "content-type": "application/x-amz-json-1.1" }, body: { __type: code, message } };
  }
}

/** An error in the shape the service's clients look for: some of them take any other body for a success. */
function errorBody(service: string, status: number): unknown {
  if (service === "stripe") {
    const type = status === 429 ? "rate_limit" : status >= 500 ? "api_error" : "invalid_request_error";
    return { error: { type, code: type, message: told } };
  }
  return { message: told };
}
