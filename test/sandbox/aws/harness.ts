import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  SecretsManager as Client,
  type RotateSecretRequest,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";
import { onTestFinished } from "vitest";
import * as z from "zod/mini";
import { createSecretsManager } from "../../../services/sandbox/aws/secrets-manager.js";
import type { InvocationContext, JournalLine } from "../../../services/sandbox/parts.js";
import { createTimeline } from "../../../services/sandbox/timeline.js";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

export const functionArn = "arn:aws:lambda:eu-central-1:123456789012:function:rotate";
export const region = "eu-central-1";
export const start = new Date("2026-11-21T10:00:00.000Z");

const eventShape = z.strictObject({
  Step: z.string(),
  SecretId: z.string(),
  ClientRequestToken: z.string(),
  RotationToken: z.string().check(z.regex(/^[a-zA-Z0-9-]{36,256}$/)),
});
export type RotationEvent = z.infer<typeof eventShape>;
export type RotationFunction = (event: RotationEvent, context: InvocationContext) => Promise<void>;

/** A Secrets Manager behind a real socket, with real SDK clients. It ends with the test, or when `atEnd` says. */
export async function startSecretsManager(
  atEnd: (close: () => Promise<void>) => void = (close) => onTestFinished(close),
) {
  const journal: JournalLine[] = [];
  const timeline = createTimeline({ start, moving: false });
  const manager = createSecretsManager({
    timeline,
    record: (line) => journal.push(line),
    randomId: () => randomUUID(),
  });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? "/", "http://sandbox");
    const answer = manager.handle({
      method: request.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: Buffer.concat(chunks).toString(),
    });
    response.writeHead(answer.status, { ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address()) satisfies Pick<AddressInfo, "port">;
  const endpoint = `http://127.0.0.1:${port}`;

  const clients: Client[] = [];
  const connect = (config: SecretsManagerClientConfig = {}, accessKeyId = "keyturn-sandbox") => {
    const credentials = { accessKeyId, secretAccessKey: "none" };
    const client = new Client({ endpoint, region, credentials, maxAttempts: 1, ...config });
    clients.push(client);
    return client;
  };
  atEnd(async () => {
    manager.reset();
    for (const client of clients) client.destroy();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const client = connect();
  return {
    manager,
    timeline,
    journal,
    endpoint,
    client,
    connect,
    /** As it was at the start. */
    reset: () => {
      manager.reset();
      timeline.reset(start);
      journal.length = 0;
    },
    /** Registers a rotation function that calls AWS with an access key of its own. */
    register: (run: RotationFunction, accessKeyId = "rotation-function") =>
      manager.registerFunction(
        functionArn,
        (event, context) => run(eventShape.parse(event), context),
        accessKeyId,
      ),
    /** A secret with one version, and that version's id. */
    createSecret: async (Name = "app/key") => {
      const created = await client.createSecret({ Name, SecretString: "first" });
      return { name: Name, arn: created.ARN ?? "", version: created.VersionId ?? "" };
    },
    /** Labels of each version, as DescribeSecret tells them. */
    labels: async (SecretId = "app/key") =>
      (await client.describeSecret({ SecretId })).VersionIdsToStages ?? {},
    /** RotateSecret on `app/key` with the function and a token, which it returns. */
    rotate: async (input: Partial<RotateSecretRequest> = {}) => {
      const token = input.ClientRequestToken ?? newToken();
      await client.rotateSecret({
        SecretId: "app/key",
        RotationLambdaARN: functionArn,
        ClientRequestToken: token,
        ...input,
      });
      return token;
    },
    /** All that can be read of the region's secrets, values apart; reading it changes nothing. */
    everything: async () => {
      const listed = await client.listSecrets({ IncludePlannedDeletion: true });
      const secrets = (listed.SecretList ?? []).map(async ({ ARN: SecretId = "" }) => {
        const { $metadata: _, ...described } = await client.describeSecret({ SecretId });
        const { Versions } = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true });
        const policy = await client.getResourcePolicy({ SecretId }).catch(() => undefined);
        return { described, Versions, policy: policy?.ResourcePolicy };
      });
      return { secrets: await Promise.all(secrets), regions: manager.describe() };
    },
    /** A request outside any SDK: signed enough to be let in, unless `headers` say otherwise. */
    send: async (operation: string, body: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": `secretsmanager.${operation}`,
          authorization: authorizationOf("keyturn-sandbox"),
          ...headers,
        },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    /** What the journal says of rotations. */
    outcomes: () => journal.flatMap((line) => (line.kind === "rotation" ? [line.outcome] : [])),
    /** The steps in the order they began. */
    steps: () =>
      journal.flatMap((line) => (line.kind === "invocation" && line.phase === "start" ? [line.step] : [])),
    /** Code and message of the error that a call ends with. */
    refusal: async (call: Promise<unknown>) => {
      try {
        await call;
      } catch (error) {
        if (error instanceof Error) return `${error.name}: ${error.message}`;
      }
      return "no error";
    },
  };
}

export type Started = Awaited<ReturnType<typeof startSecretsManager>>;

export const authorizationOf = (accessKeyId: string, service = "secretsmanager") =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261121/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
export const newToken = () => randomUUID();
export const newValue = () => randomBytes(12).toString("hex");

/** A function as the protocol wants it: writes a value once, flips once. `hook` runs before each step. */
export function wellBehaved(
  { connect }: Started,
  hook: (event: RotationEvent, context: InvocationContext) => Promise<void> | void = () => undefined,
): RotationFunction {
  const client = connect({}, "rotation-function");
  return async (event, context) => {
    await hook(event, context);
    const { SecretId, ClientRequestToken, RotationToken, Step } = event;
    const described = await client.describeSecret({ SecretId });
    const stages = described.VersionIdsToStages ?? {};
    if (Step === "createSecret") {
      const staged = await client
        .getSecretValue({ SecretId, VersionId: ClientRequestToken, VersionStage: "AWSPENDING" })
        .catch(() => undefined);
      if (staged) return;
      await client.putSecretValue({
        SecretId,
        ClientRequestToken,
        RotationToken,
        SecretString: newValue(),
        VersionStages: ["AWSPENDING"],
      });
    }
    if (Step === "finishSecret" && !stages[ClientRequestToken]?.includes("AWSCURRENT")) {
      const RemoveFromVersionId = Object.keys(stages).find((id) => stages[id]?.includes("AWSCURRENT"));
      await client.updateSecretVersionStage({
        SecretId,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: ClientRequestToken,
        RemoveFromVersionId,
      });
    }
  };
}

/** A started Secrets Manager with a secret, and a function that fails at these steps of these tries (counted from 1). */
export async function startRotating(fails: (step: string, attempt: number) => boolean = () => false) {
  const aws = await startSecretsManager();
  const events: { step: string; token: string; rotationToken: string; secretId: string }[] = [];
  let attempt = 0;
  aws.register(
    wellBehaved(aws, ({ Step, ClientRequestToken, RotationToken, SecretId: secretId }) => {
      if (Step === "createSecret") attempt++;
      events.push({ step: Step, token: ClientRequestToken, rotationToken: RotationToken, secretId });
      if (fails(Step, attempt)) throw new TypeError(`refused in ${Step}`);
    }),
  );
  const { version: v1, arn } = await aws.createSecret();
  return { ...aws, v1, arn, events };
}
