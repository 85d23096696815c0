import { randomBytes } from "node:crypto";
import { SecretsManager, type SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import * as z from "zod/mini";
import { type Fault, faultKinds } from "../../../services/sandbox/faults.js";
import { type Sandbox, startSandbox } from "../../../services/sandbox/sandbox.js";
import { sandboxCredentials, sandboxRegion } from "../../../services/sandbox/seed.js";

/** What AWS's SDK for JavaScript does by itself when something goes wrong, counted in the journal. */

const Name = "app/key";
const years = new Date("2019-05-17T08:30:12Z");
let sandbox: Sandbox;

beforeAll(async () => {
  // Years away from the SDK's clock.
  sandbox = await startSandbox({ start: years });
});
afterAll(() => sandbox.close());
afterEach(() => {
  sandbox.reset();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function connect(config: SecretsManagerClientConfig = {}): SecretsManager {
  // The SDK waits a random part of some time before it asks again: none of it.
  vi.spyOn(Math, "random").mockReturnValue(0);
  const usual = { endpoint: sandbox.urls.aws, region: sandboxRegion, credentials: sandboxCredentials };
  const client = new SecretsManager({ ...usual, ...config });
  onTestFinished(() => client.destroy());
  return client;
}

const fail = (fault: Fault, times?: number | "always") =>
  sandbox.faults.add({ service: "secretsmanager", fault, ...(times !== undefined && { times }) });

/** AWS's refusal with a code, in place of the sandbox's answer. */
const coded = (code: string, status = 400, headers: Record<string, string> = {}): Fault => ({
  ...{ kind: "status", status, headers, body: { __type: code, message: "Refused." } },
});

/** Each request since the last reset: fault, or error, or status. */
const asked = () =>
  sandbox.journal.since(0).flatMap((line) => (line.kind === "request" ? [line.error ?? line.status] : []));

/** What a call throws; undefined when it succeeds. */
const thrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

const repeated: readonly Fault[] = [
  { kind: "throttle" },
  { kind: "refuse" },
  { kind: "lose" },
  { kind: "half-close" },
  { kind: "hang" },
  { kind: "html", status: 502 },
  ...[500, 502, 503, 504].map((status): Fault => ({ kind: "status", status })),
  { kind: "status-after", status: 500 },
  ...["ThrottlingException", "TooManyRequestsException", "LimitExceededException"].map((code) => coded(code)),
  coded("InternalServiceError", 500),
];

const final: readonly (readonly [Fault, string])[] = [
  [{ kind: "html", status: 200 }, "SyntaxError"],
  [{ kind: "redirect", location: "https://example.com/" }, "Unknown"],
  [{ kind: "status", status: 501 }, "InternalServiceError"],
  ...[
    "AccessDeniedException",
    "DecryptionFailure",
    "InvalidParameterException",
    "InvalidRequestException",
    "ResourceExistsException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
  ].map((code) => [coded(code), code] as const),
];

test("every kind of fault is tried below", () => {
  const tried = [...repeated, ...final.map(([fault]) => fault)].map(({ kind }) => kind);
  expect(new Set(tried)).toEqual(new Set(faultKinds));
});

describe("what the SDK repeats", () => {
  test.each(repeated)("%o, once: the second try succeeds, and the write was done once", async (fault) => {
    const client = connect({ requestHandler: { requestTimeout: 100, throwOnRequestTimeout: true } });
    await client.createSecret({ Name, SecretString: "first" });
    fail(fault);
    const { VersionId, $metadata } = await client.putSecretValue({ SecretId: Name, SecretString: "second" });
    expect($metadata.attempts).toBe(2);
    expect(asked()).toEqual([200, fault.kind, 200]);
    const [, first] = sandbox.journal.since(0);
    const reached = ["lose", "half-close", "status-after"].includes(fault.kind);
    expect(first?.kind === "request" && first.status === 200).toBe(reached);
    // Both tries carry the same token.
    const { Versions = [] } = await client.listSecretVersionIds({ SecretId: Name, IncludeDeprecated: true });
    expect(Versions).toHaveLength(2);
    expect((await client.getSecretValue({ SecretId: Name })).VersionId).toBe(VersionId);
  });

  test.each([
    [undefined, 3],
    [1, 1],
    [2, 2],
    [5, 5],
  ])("until maxAttempts: %s", async (maxAttempts, attempts) => {
    for (const [fault, name] of [
      [{ kind: "throttle" }, "ThrottlingException"],
      [coded("InternalServiceError", 500), "InternalServiceError"],
      // The SDK's own name for a connection that ends.
      [{ kind: "refuse" }, "TimeoutError"],
    ] satisfies [Fault, string][]) {
      sandbox.reset();
      fail(fault, "always");
      const client = connect(maxAttempts === undefined ? {} : { maxAttempts });
      expect(await thrown(client.listSecrets({}))).toMatchObject({ name, $metadata: { attempts } });
      expect(asked()).toEqual(Array(attempts).fill(fault.kind));
    }
  });
});

describe("what the SDK does not repeat", () => {
  test.each(final)("%o: %s", async (fault, name) => {
    fail(fault, "always");
    expect(await thrown(connect().listSecrets({}))).toMatchObject({ name, $metadata: { attempts: 1 } });
    expect(asked()).toEqual([fault.kind]);
  });

  test("a refusal by a sandbox whose clock is years away", async () => {
    expect(await thrown(connect().describeSecret({ SecretId: Name }))).toMatchObject({
      ...{ name: "ResourceNotFoundException", $metadata: { attempts: 1 } },
    });
    expect(asked()).toEqual(["ResourceNotFoundException"]);
  });

  test.each(["AKIA", "ASIA", "AROA"])("credentials that look real (%s)", async (prefix) => {
    const accessKeyId = `${prefix}${randomBytes(8).toString("hex").toUpperCase()}`;
    const client = connect({ credentials: { accessKeyId, secretAccessKey: "none" } });
    expect(await thrown(client.listSecrets({}))).toMatchObject({
      name: "UnrecognizedClientException",
      message: expect.stringMatching(/AWS_ACCESS_KEY_ID to keyturn-sandbox/),
      $metadata: { attempts: 1, httpStatusCode: 403 },
    });
    expect(asked()).toEqual(["UnrecognizedClientException"]);
  });
});

describe("a clock that is wrong", () => {
  const hour = 3_600_000;

  test("of the client: the sandbox takes no offence, and the SDK learns the time", async () => {
    const client = connect({ systemClockOffset: -hour });
    const { seen } = watch(client);
    await client.listSecrets({});
    await client.listSecrets({});
    expect(asked()).toEqual([200, 200]);
    expect(seen.map(({ minutes }) => minutes)).toEqual([-60, 0]);
  });

  test.each(["InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"])(
    "of the machine, refused with %s: the SDK asks again with AWS's time",
    async (code) => {
      const truth = new Date();
      vi.useFakeTimers({ toFake: ["Date"], now: truth.getTime() - hour });
      const client = connect();
      const { seen } = watch(client);
      fail(coded(code, 403, { date: truth.toUTCString() }));
      await client.listSecrets({});
      expect(asked()).toEqual(["status", 200]);
      expect(seen.map(({ minutes }) => minutes)).toEqual([0, 60]);
    },
  );
});

describe("who asks, and for what", () => {
  test("no credentials: the SDK says so, and asks nothing", async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    for (const file of ["CONFIG", "SHARED_CREDENTIALS"]) vi.stubEnv(`AWS_${file}_FILE`, "/dev/null");
    const client = new SecretsManager({ endpoint: sandbox.urls.aws, region: sandboxRegion });
    onTestFinished(() => client.destroy());
    expect(await thrown(client.listSecrets({}))).toMatchObject({ name: "CredentialsProviderError" });
    expect(asked()).toEqual([]);
  });

  test("a signature for another region: what is kept there", async () => {
    await connect().createSecret({ Name, SecretString: "first" });
    const elsewhere = connect({ region: "ap-southeast-2" });
    expect(await thrown(elsewhere.getSecretValue({ SecretId: Name }))).toMatchObject({
      ...{ name: "ResourceNotFoundException", $metadata: { attempts: 1 } },
    });
    expect((await elsewhere.listSecrets({})).SecretList).toEqual([]);
  });

  test("a signature for another service: refused, and not repeated", async () => {
    const client = connect({
      httpAuthSchemeProvider: () => [
        {
          schemeId: "aws.auth#sigv4",
          signingProperties: { name: "sts", region: sandboxRegion },
          propertiesExtractor: (config: object, context: object) => ({
            signingProperties: { config, context, signingName: "sts" },
          }),
        },
      ],
    });
    const { seen } = watch(client);
    expect(await thrown(client.listSecrets({}))).toMatchObject({
      ...{ name: "IncompleteSignatureException", $metadata: { attempts: 1 } },
    });
    expect(seen.map(({ scope }) => scope)).toEqual([`${sandboxRegion}/sts`]);
    expect(asked()).toEqual(["IncompleteSignatureException"]);
  });
});

const signed = z.object({
  headers: z.object({ authorization: z.string(), "x-amz-date": z.string().check(z.length(16)) }),
});

/** Of each try, when it was made: how many minutes its signature is ahead of this machine's clock, and for what it is. */
function watch(client: SecretsManager) {
  const seen: { readonly minutes: number; readonly scope: string | undefined }[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      const { authorization, "x-amz-date": date } = signed.parse(args.request).headers;
      const at = date.replace(/(....)(..)(..T..)(..)(..Z)/, "$1-$2-$3:$4:$5");
      const [, scope] = /Credential=[^/]+\/\d{8}\/(.+?)\/aws4_request/.exec(authorization) ?? [];
      seen.push({ minutes: Math.round((Date.parse(at) - Date.now()) / 60_000) + 0, scope });
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "watch" },
  );
  return { seen };
}
