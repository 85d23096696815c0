import { describe, expect, test } from "vitest";
import { createFaults, faultKinds, type RequestHead } from "../../services/sandbox/faults.js";

const fault = { kind: "refuse" } as const;

function head(operation: string): RequestHead {
  const [method = "", path = ""] = operation.split(" ");
  const query = new URLSearchParams();
  return path
    ? { method, path, query, headers: {} }
    : { method: "POST", path: "/", query, headers: { "x-amz-target": `secretsmanager.${operation}` } };
}

/** For each of `count` requests in a row, whether it met a fault: `x` or `.` */
function row(
  faults: ReturnType<typeof createFaults>,
  count: number,
  operation = "GET /a",
  service = "github",
): string {
  return Array.from({ length: count }, () => (faults.meet(service, head(operation)) ? "x" : ".")).join("");
}

describe("when", () => {
  test.each([
    [{}, "x....."],
    [{ times: 3 }, "xxx..."],
    [{ after: 2 }, "..x..."],
    [{ after: 1, times: 2 }, ".xx..."],
    [{ after: 4, times: "always" }, "....xx"],
    [{ times: "always" }, "xxxxxx"],
  ])("%j: %s", (when, expected) => {
    const faults = createFaults(["github", "stripe"]);
    faults.add({ service: "github", ...when, fault });
    expect(row(faults, 3, "GET /a", "stripe")).toBe("...");
    expect(row(faults, 6)).toBe(expected);
  });

  test("the first that applies is used, and the next does not see that request", () => {
    const faults = createFaults(["github"]);
    faults.add({ service: "github", fault: { kind: "lose" } });
    faults.add({ service: "github", after: 1, fault: { kind: "throttle" } });
    const kinds = [1, 2, 3, 4].map(() => faults.meet("github", head("GET /a"))?.kind);
    expect(kinds).toEqual(["lose", undefined, "throttle", undefined]);
  });

  test("cleared, nothing goes wrong, and what was held is let go once", () => {
    const faults = createFaults(["github"]);
    faults.add({ service: "github", times: "always", fault });
    const released: string[] = [];
    faults.hold(() => released.push("kept"));
    const forget = faults.hold(() => released.push("forgotten"));
    forget();
    faults.clear();
    faults.clear();
    expect([row(faults, 3), released]).toEqual(["...", ["kept"]]);
  });
});

describe("which request", () => {
  test.each([
    ["GET /keys", "GET /keys", true],
    ["GET /keys", "POST /keys", false],
    ["GET /keys", "GET /keys/1", false],
    ["GET /keys", "GET /keyset", false],
    ["POST /keys/{id}/expire", "POST /keys/k_1/expire", true],
    ["POST /keys/{id}/expire", "POST /keys/k_1/rotate", false],
    ["POST /keys/{id}/expire", "POST /keys//expire", false],
    ["POST /keys/{id}", "POST /keys/k_1/expire", false],
    ["POST /keys/*", "POST /keys/k_1/expire", true],
    ["POST /keys/*", "POST /keys", false],
    ["POST /*", "POST /keys", true],
    ["POST /*", "GET /keys", false],
    ["GET /a.c", "GET /abc", false],
    ["PutSecretValue", "PutSecretValue", true],
    ["PutSecretValue", "GetSecretValue", false],
    ["POST /", "PutSecretValue", false],
  ])("%s meets %s: %s", (operation, request, meets) => {
    const faults = createFaults(["it"]);
    faults.add({ service: "it", operation, fault });
    expect(faults.meet("it", head(request)) !== undefined).toBe(meets);
  });
});

test.each([
  [{ service: "gitlab", fault }],
  [{ fault }],
  [{ service: "github", fault: { kind: "explode" } }],
  [{ service: "github", fault: { kind: "status" } }],
  [{ service: "github", fault: { kind: "status", status: 99 } }],
  [{ service: "github", fault: { kind: "status", status: 500, headers: { a: "b\r\nc: d" } } }],
  [{ service: "github", fault: { kind: "redirect" } }],
  [{ service: "github", fault: { kind: "redirect", location: "/", status: 200 } }],
  [{ service: "github", fault: { kind: "refuse", status: 500 } }],
  [{ service: "github", fault, times: 0 }],
  [{ service: "github", fault, times: "ever" }],
  [{ service: "github", fault, after: -1 }],
  [{ service: "github", fault, operation: "GET keys" }],
  [{ service: "github", fault, opration: "GET /keys" }],
  ["refuse"],
])("%j is refused, with what is allowed, and changes nothing", (wrong) => {
  const faults = createFaults(["github", "stripe"]);
  expect(() => faults.add(wrong)).toThrow(RangeError);
  expect(() => faults.add(wrong)).toThrow(/github, stripe/);
  expect(() => faults.add(wrong)).toThrow(new RegExp(faultKinds.join(", ")));
  expect(row(faults, 3)).toBe("...");
});
