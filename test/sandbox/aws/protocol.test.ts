import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { authorizationOf, newToken, region, startSecretsManager, wellBehaved } from "./harness.js";

const SecretId = "app/key";

describe("the wire", () => {
  test.each([
    ["CreateSecret", "InvalidRequestException", { Name: "other", SecretString: "x" }],
    ["PutSecretValue", "InvalidRequestException", { SecretId, SecretString: "x" }],
    ["RotateSecret", "InvalidParameterException", { SecretId }],
  ])("%s without ClientRequestToken: %s", async (operation, code, body) => {
    const { send, createSecret } = await startSecretsManager();
    await createSecret();
    const answer = await send(operation, body);
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        __type: code,
        Message: "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
      },
    ]);
  });

  test("answers carry a request id and awsJson1.1's content type", async () => {
    const { send } = await startSecretsManager();
    const { headers, status } = await send("ListSecrets", {});
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ["an operation that is not here", { "x-amz-target": "secretsmanager.None" }, "UnknownOperationException"],
    ["another service", { "x-amz-target": "AWSEvents.PutEvents" }, "UnknownOperationException"],
    ["another content type", { "content-type": "application/json" }, "UnknownOperationException"],
    [
      "another version of JSON",
      { "content-type": "application/x-amz-json-1.0" },
      "UnknownOperationException",
    ],
    ["no authorization", { authorization: "" }, "MissingAuthenticationTokenException"],
    ["half an authorization", { authorization: "Bearer x" }, "IncompleteSignatureException"],
    [
      "a signature for another service",
      { authorization: authorizationOf("a", "sts") },
      "IncompleteSignatureException",
    ],
  ])("%s is refused", async (_, headers, code) => {
    const { send } = await startSecretsManager();
    const answer = await send("ListSecrets", {}, headers);
    expect([answer.status, answer.body]).toEqual([400, { __type: code, message: expect.any(String) }]);
  });

  test("an operation that is not here is named, and so are those that are", async () => {
    const { send } = await startSecretsManager();
    const { body } = await send("MakeTea", {});
    expect(body).toMatchObject({ __type: "UnknownOperationException" });
    expect(JSON.stringify(body)).toMatch(/does not know MakeTea\. It knows .*RotateSecret/);
  });

  test.each([
    ["MissingAuthenticationTokenException", {}, { authorization: "" }],
    ["IncompleteSignatureException", {}, { authorization: "Bearer x" }],
    ["UnknownOperationException", {}, { "x-amz-target": "" }],
    ["UnknownOperationException", {}, { "content-type": "text/plain" }],
    ["UnknownOperationException", { method: "PUT" }, {}],
    ["UnknownOperationException", { path: "/secrets" }, {}],
    ["SerializationException", { body: "{" }, { "content-length": "1" }],
    ["SerializationException", { body: "[]" }, {}],
  ])("the SDK throws a %s by its name", async (name, request, headers) => {
    const { connect } = await startSecretsManager();
    const client = connect();
    client.middlewareStack.add(
      (next) => (args) => {
        const made = args.request;
        if (typeof made === "object" && made !== null && "headers" in made) {
          Object.assign(made, request, { headers: { ...Object(made.headers), ...headers } });
        }
        return next(args);
      },
      // The last there is: the request was signed, and its length told.
      { step: "finalizeRequest", priority: "low", name: "spoil" },
    );
    await expect(client.listSecrets({})).rejects.toMatchObject({
      name,
      message: expect.stringMatching(/\w/),
      $fault: "client",
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("a body that is not JSON, or of the wrong type, is a SerializationException", async () => {
    const { send } = await startSecretsManager();
    expect((await send("ListSecrets", "{")).body).toMatchObject({ __type: "SerializationException" });
    expect((await send("DescribeSecret", { SecretId: 1 })).body).toMatchObject({
      __type: "SerializationException",
    });
    expect((await send("DescribeSecret", {})).body).toMatchObject({ __type: "ValidationException" });
  });

  test.each(["AKIA", "ASIA", "AROA"])(
    "credentials that look real (%s) are refused and not written down",
    async (prefix) => {
      const { connect, refusal, journal } = await startSecretsManager();
      const real = prefix + randomBytes(8).toString("hex").toUpperCase();
      const answer = await refusal(connect({}, real).listSecrets({}));
      expect(answer).toMatch("UnrecognizedClientException");
      expect(answer).toMatch("keyturn-sandbox");
      expect(JSON.stringify(journal)).not.toContain(real);
      expect(journal).toMatchObject([{ status: 403, error: "UnrecognizedClientException" }]);
    },
  );
});

test("secrets live in the region that the request was signed for", async () => {
  const { client, connect, createSecret, refusal } = await startSecretsManager();
  const elsewhere = connect({ region: "us-east-1" });
  const { arn } = await createSecret();
  expect(arn).toMatch(
    new RegExp(`^arn:aws:secretsmanager:${region}:123456789012:secret:app/key-[a-zA-Z0-9]{6}$`),
  );
  for (const id of [SecretId, arn, arn.slice(0, -7)]) {
    expect((await client.getSecretValue({ SecretId: id })).ARN).toBe(arn);
    expect(await refusal(elsewhere.getSecretValue({ SecretId: id }))).toMatch("ResourceNotFoundException");
  }
  expect((await elsewhere.createSecret({ Name: SecretId, SecretString: "x" })).ARN).toMatch("us-east-1");
});

test("the journal names operation, secret, version, error and caller, and holds no value", async () => {
  const aws = await startSecretsManager();
  const { client, journal, timeline, rotate, refusal } = aws;
  const { version, arn } = await aws.createSecret();
  await client.getSecretValue({ SecretId: arn });
  await refusal(client.getSecretValue({ SecretId: arn, VersionStage: "NONE" }));
  await refusal(client.describeSecret({ SecretId: "none" }));
  const common = { kind: "request", service: "secretsmanager", credential: "keyturn-sandbox" };
  expect(journal).toEqual([
    { ...common, operation: "CreateSecret", status: 200, secret: SecretId, versionId: version },
    { ...common, operation: "GetSecretValue", status: 200, secret: SecretId, versionId: version },
    {
      ...common,
      operation: "GetSecretValue",
      status: 400,
      error: "ResourceNotFoundException",
      secret: SecretId,
    },
    {
      ...common,
      operation: "DescribeSecret",
      status: 400,
      error: "ResourceNotFoundException",
      secret: "none",
    },
  ]);

  journal.length = 0;
  aws.register(
    wellBehaved(aws, ({ Step }) => {
      if (Step === "setSecret") throw new RangeError("not now");
    }),
  );
  aws.manager.set("retries", 0);
  const token = await rotate({ ClientRequestToken: newToken() });
  await timeline.idle();
  const invocation = { kind: "invocation", secret: SecretId, token };
  expect(journal.filter(({ kind }) => kind !== "request")).toEqual([
    { kind: "rotation", secret: SecretId, token, outcome: "started" },
    { ...invocation, step: "createSecret", phase: "start" },
    { ...invocation, step: "createSecret", phase: "end" },
    { ...invocation, step: "setSecret", phase: "start" },
    { ...invocation, step: "setSecret", phase: "end", error: { name: "RangeError", message: "not now" } },
    { kind: "rotation", secret: SecretId, token, outcome: "failed" },
  ]);
  const callers = journal.flatMap((line) => (line.kind === "request" ? [line.credential] : []));
  expect(new Set(callers)).toEqual(new Set(["keyturn-sandbox", "rotation-function"]));
  expect(JSON.stringify(journal)).not.toContain("first");
});

test("an unknown switch or value is refused, and the known ones are named", async () => {
  const { manager } = await startSecretsManager();
  expect(() => manager.set("retrys", 1)).toThrow(RangeError);
  expect(() => manager.set("retrys", 1)).toThrow(/retries \(3\).*oldToken \(ignore\)/);
  expect(() => manager.set("oldToken", "perhaps")).toThrow(RangeError);
  expect(() => manager.set("retries", -1)).toThrow(RangeError);
});
