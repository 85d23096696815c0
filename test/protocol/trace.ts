import type { Thread } from "../faults/threads.js";
import type { Interaction } from "../faults/wire.js";
import type { Scene, Switches } from "./scene.js";

/** The kinds of the protocol: a = the two of Stripe, b = installation tokens, c = deploy keys. */
export const kinds = [
  "stripe/restricted-key",
  "stripe/webhook-secret",
  "github/installation-token",
  "github/deploy-key",
] as const;
export type Kind = (typeof kinds)[number];
export const [restricted, webhook, token, deployKey] = kinds;
export const a = [restricted, webhook] as const;
export const all = kinds;

/** One row of protocol.md, section 1. */
export interface Trace {
  readonly row: `V${number}`;
  /** What happens, and what must become of it. */
  readonly title: string;
  readonly kinds: readonly Kind[];
  /** Values of Secrets Manager's switches, under each of which it is played. Default: as it comes. */
  readonly under?: readonly Switches[];
  /** The most keys that live at once, exactly. Default: two. */
  readonly most?: number | ((kind: Kind, switches: Switches) => number);
  /** Resolves to true when `n` was a request before which the invocation in question was held: then it is played again with the next. */
  readonly play: (scene: Scene, n: number) => Promise<unknown>;
}

type Fits = (interaction: Interaction) => boolean;

const requests: Readonly<
  Record<Kind, { readonly makes: string; readonly ends: string; readonly lists?: string }>
> = {
  "stripe/restricted-key": {
    makes: "POST /v2/iam/api_keys",
    ends: "POST /v2/iam/api_keys/{id}/expire",
    lists: "GET /v2/iam/api_keys",
  },
  "stripe/webhook-secret": {
    makes: "POST /v1/webhook_endpoints",
    ends: "DELETE /v1/webhook_endpoints/{id}",
    lists: "GET /v1/webhook_endpoints",
  },
  "github/installation-token": {
    makes: "POST /app/installations/{id}/access_tokens",
    ends: "DELETE /installation/token",
  },
  "github/deploy-key": {
    makes: "POST /repos/{id}/service/keys",
    ends: "DELETE /repos/{id}/service/keys/{id}",
    lists: "GET /repos/{id}/service/keys",
  },
};

const ofKind = ({ world }: Scene) => requests[kinds.find((kind) => kind === world.provider.id) ?? restricted];

/** A request to Secrets Manager. */
export const asks =
  (operation: string): Fits =>
  (interaction) =>
    interaction.operation === operation;

/** The request that makes the vendor accept one key more. */
export const makesKey = (scene: Scene): Fits => asks(ofKind(scene).makes);

/** The request that ends a key. */
export const endsKey = (scene: Scene): Fits => asks(ofKind(scene).ends);

/** The request after which createSecret reads what the versions hold: the vendor's list, or else the token's own version. */
export const isLastBeforeValues = (scene: Scene): Fits => asks(ofKind(scene).lists ?? "GetSecretValue");

/** The request that makes a version current. */
export const flips: Fits = ({ runner, operation }) =>
  runner.step === "finishSecret" && operation === "UpdateSecretVersionStage";

export const stores = asks("PutSecretValue");

/** Lets an invocation go on until it is about to send the n-th of its requests that change anything; false when it ends before. */
export async function untilWrite(thread: Thread, n: number): Promise<boolean> {
  const writes = () => thread.trace.filter(({ changes }) => changes).length;
  return (await thread.until(({ changes }) => changes && writes() === n)) !== undefined;
}
