import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { builtin } from "../../providers/index.js";
import { createHandler } from "../../services/rotation/handler.js";
import { startWorld } from "../faults/world.js";
import type { Kind } from "./trace.js";

const twin = "app/twin";

/** V25: two secrets of one account are rotated in the same tick, so with one token. Each gets a key of its own. */
export async function rotateTwins(kind: Kind): Promise<void> {
  const withTwin: typeof createHandler = (provider, options) => {
    const { secrets, ...others } = Object(options.declarations);
    const [declared] = Object.values(secrets);
    return createHandler(provider, {
      ...options,
      declarations: { ...others, secrets: { ...secrets, [twin]: declared } },
    });
  };
  const world = await startWorld({ createHandler: withTwin, builtin }, kind);
  try {
    const { aws, secretId, sandbox } = world;
    const { RotationLambdaARN, RotationRules } = await aws.describeSecret({ SecretId: secretId });
    await aws.createSecret({ Name: twin, SecretString: '{"keyturn":{"v":1}}' });
    const handles = new Set<string>();
    for (const round of ["first", "second"]) {
      await sandbox.timeline.advance(1_300_000);
      const ClientRequestToken = randomUUID();
      for (const SecretId of [secretId, twin])
        await aws.rotateSecret({ SecretId, ClientRequestToken, RotationLambdaARN, RotationRules });
      await sandbox.timeline.idle();
      for (const SecretId of [secretId, twin]) {
        const { VersionId, SecretString = "" } = await aws.getSecretValue({ SecretId });
        expect(VersionId, `${round}: ${SecretId}`).toBe(ClientRequestToken);
        handles.add(JSON.parse(SecretString).keyturn.handle);
      }
    }
    // Two keys each, and nothing else ended any of them.
    expect(handles.size).toBe(4);
    const standing = sandbox.keys().filter(({ handle, live }) => live && handles.has(handle));
    expect(standing).toHaveLength(4);
  } finally {
    await world.close();
  }
}
