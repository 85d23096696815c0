import type { Provider } from "../../../providers/kit/plug.js";
import type { Clock } from "../../clock.js";
import type { Declarations } from "../../config/declare.js";
import { type SecretRef, secretRef } from "../../rotation/event.js";
import { createJobs, type FunctionOptions } from "../../rotation/handler.js";
import { Invocation, type Tools, toolsOf } from "../../rotation/invocation.js";
import type { Rotation } from "../../rotation/rotation.js";
import { secretsManagerStore } from "../../store/secrets-manager.js";
import type { SecretView, Store } from "../../store/store.js";
import type { Surroundings } from "../../surroundings.js";
import { declarationIn, providerNamed, requestTimeoutMs } from "../declared-here.js";
import { deployedAround } from "../deployed-around.js";

/** What a command has of the process that it runs in. */
export interface Here {
  readonly clock: Clock;
  /** Receives the function's log lines. */
  readonly log: (line: string) => void;
  /** Takes a line of progress, for people. */
  readonly say: (line: string) => void;
  /** Takes what holds from now on for whoever interrupts the command. */
  readonly ifInterrupted: (words: string) => void;
}

/** A declared secret, as it was looked at, and what stands around its function. */
export interface Place {
  readonly declarations: Declarations;
  readonly provider: Provider;
  readonly ref: SecretRef;
  readonly view: SecretView;
  readonly store: Store;
  /** Undefined where nothing is deployed, or may be looked at. */
  readonly around: Awaited<ReturnType<typeof deployedAround>>;
}

/** The Store with the AWS SDK's own credentials and Region. */
export const storeHere = (): Store => secretsManagerStore({}, requestTimeoutMs);

/**
 * @param known what stands around the functions of providers whose secrets were looked at before, by provider's id; it is added to
 * @throws KeyturnError `secret_undeclared`, `declaration_invalid`, `store_…`
 */
export async function findPlaceOf(
  declarations: Declarations,
  { secret, config, store }: { readonly secret: string; readonly config: string; readonly store: Store },
  known = new Map<string, Surroundings>(),
): Promise<Place> {
  const provider = providerOf(declarations, secret, config);
  const view = await store.describe(secret);
  const surroundings = known.get(provider.id);
  const around =
    surroundings && view.native
      ? { surroundings, functionArn: view.native.functionArn }
      : await deployedAround(declarations, view);
  if (around) known.set(provider.id, around.surroundings);
  return { declarations, provider, ref: secretRef(view.arn), view, store, around };
}

/** @throws KeyturnError `secret_undeclared`, `declaration_invalid` */
export function providerOf(declarations: Declarations, secret: string, config: string): Provider {
  return providerNamed(declarationIn(declarations, secret, config).provider);
}

/** What the function of a secret would be made with, here. */
function optionsAt({ declarations, around }: Place, { clock, log }: Here): FunctionOptions {
  return { declarations, clock, aws: {}, requestTimeoutMs, log, surroundings: around?.surroundings };
}

/** An invocation's context: so much time from now on, by the clock that is lent. */
export function contextAt({ around }: Place, { clock }: Here, seconds: number) {
  const end = clock.monotonic() + seconds * 1000;
  return {
    getRemainingTimeInMillis: () => end - clock.monotonic(),
    ...(around && { invokedFunctionArn: around.functionArn }),
  };
}

/** Functions that were made here: one for all secrets of a provider, as each has connections of its own. */
const made = new WeakMap<Here, Map<string, { readonly tools: Tools; readonly jobs: Jobs }>>();
type Jobs = ReturnType<typeof createJobs>;

function functionAt(place: Place, here: Here) {
  const known = made.get(here) ?? new Map<string, { readonly tools: Tools; readonly jobs: Jobs }>();
  made.set(here, known);
  const { provider, around } = place;
  const name = JSON.stringify([provider.id, around?.surroundings]);
  const options = optionsAt(place, here);
  const one = known.get(name) ?? { tools: toolsOf(provider, options), jobs: createJobs(provider, options) };
  known.set(name, one);
  return one;
}

/** What the secret's function does for Keyturn itself, done here. */
export const jobsAt = (place: Place, here: Here): Jobs => functionAt(place, here).jobs;

/** The schedules of the secret's environment; undefined where none are known. */
export const schedulesAt = (place: Place, here: Here): Tools["schedules"] =>
  functionAt(place, here).tools.schedules;

/**
 * What works with one version of the secret, for so long.
 * @throws KeyturnError `declaration_invalid`; ProviderError `config_invalid`
 */
export function rotationAt(place: Place, here: Here, token: string, seconds: number): Promise<Rotation> {
  const invocation = new Invocation(functionAt(place, here).tools, contextAt(place, here, seconds));
  return invocation.open({ ...place.ref, token }, invocation.log());
}
