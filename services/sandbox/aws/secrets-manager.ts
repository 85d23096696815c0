import type { FakeRequest, FakeResponse } from "../../../providers/kit/fake.js";
import type { Invoke, JournalLine, Service, Timeline } from "../parts.js";
import { createAgenda } from "./agenda.js";
import { AwsError } from "./errors.js";
import { jsonOf } from "./json-service.js";
import { type Labels, pending, previous, stagesOf } from "./labels.js";
import { NativeSchedules } from "./native-schedules.js";
import type { Answer } from "./operation.js";
import { operations } from "./operations/index.js";
import { type Caller, callerOf, operationOf } from "./protocol.js";
import { Rotations } from "./rotation.js";
import { nameIn, type SecretRecord, SecretStore } from "./secret-record.js";
import { createSwitches } from "./switches.js";
import { createThrottle } from "./throttle.js";

export interface SecretsManagerOptions {
  readonly timeline: Timeline;
  readonly record: (line: JournalLine) => void;
  /** Unique at each call. */
  readonly randomId: () => string;
  /** Told of each label that came to a version by a request, AWS's AWSPENDING and AWSPREVIOUS excepted. */
  readonly labelled?: (label: MovedLabel) => void;
}

/** A label, and the version that it came to. */
export interface MovedLabel {
  readonly region: string;
  readonly arn: string;
  readonly name: string;
  readonly label: string;
  readonly versionId: string;
}

/** A secret as it stands. Holds no value. */
export interface SecretSummary {
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly deleted: boolean;
  /** The token of the rotation that is under way. */
  readonly rotating?: string;
  /** In the order they were made, those without labels included. */
  readonly versions: readonly {
    readonly id: string;
    readonly stages: readonly string[];
    readonly empty: boolean;
  }[];
}

/**
 * Secrets Manager in memory, rotation included. It records its requests, invocations and rotations in the journal
 * itself, so its answers carry no `route` and the server must not record them again.
 */
export interface SecretsManager extends Service {
  handle(request: FakeRequest): FakeResponse;
  /** Makes `arn` a function that RotateSecret may name, with the access key it calls AWS with. Again replaces it. */
  registerFunction(arn: string, invoke: Invoke, accessKeyId: string): void;
  /** Behaviour switches, by name; throws RangeError for an unknown name or a wrong value, naming the known ones. */
  set(name: string, value: unknown): void;
  describe(): readonly SecretSummary[];
  /** Forgets everything: secrets, functions, switches, and what is under way. */
  reset(): void;
}

export function createSecretsManager(options: SecretsManagerOptions): SecretsManager {
  const { timeline, record, randomId } = options;
  let state = emptyState(options);

  const run = (operation: string, body: unknown, caller: Caller): Answer => {
    const { store, switches, throttle, rotations } = state;
    const now = timeline.now();
    const known = operations.get(operation);
    if (!known) {
      throw new AwsError(
        "UnknownOperationException",
        `The sandbox's Secrets Manager does not know ${operation}. It knows ${[...operations.keys()].join(", ")}.`,
      );
    }
    if (switches.now.quotas === "aws") throttle.take(operation, caller.region, now);
    const lag = laggingReads.has(operation) ? switches.now.readLagSeconds : 0;
    const shown = lag > 0 ? store.asOf(new Date(now.getTime() - lag * 1000)) : store;
    rotations.serving(caller.accessKeyId);
    return known(body, { ...state, ...caller, store: shown, now, randomId });
  };

  /** What the journal says of a request: names and ids, never a value. */
  const named = (body: unknown, answer: Answer, caller: Caller | undefined) => {
    const id = field(body, "SecretId") ?? field(body, "Name");
    const secret = field(answer, "Name") ?? (id === undefined ? undefined : nameOf(id, caller));
    const versionId =
      field(answer, "VersionId") ??
      ["VersionId", "ClientRequestToken", "MoveToVersionId", "RemoveFromVersionId"]
        .map((name) => field(body, name))
        .find((value) => value !== undefined);
    return {
      ...(secret !== undefined && { secret }),
      ...(versionId !== undefined && { versionId }),
      ...(caller && { credential: caller.accessKeyId }),
    };
  };
  const nameOf = (id: string, caller: Caller | undefined) =>
    (caller && state.store.find(caller.region, id)?.name) ?? nameIn(id);

  /** Tells of the labels that a request moved. Whatever else moves labels moves AWSPENDING alone. */
  const tell = (operation: string, answer: Answer, { region }: Caller) => {
    const { labelled } = options;
    const secret = state.store.byName(region, field(answer, "Name") ?? "");
    if (!labelled || !secret || !labelling.has(operation)) return;
    const { arn, name, labels } = secret;
    const before = state.told.get(secret);
    state.told.set(secret, labels);
    for (const [label, versionId] of labels) {
      if (label === pending || label === previous || before?.get(label) === versionId) continue;
      labelled({ region, arn, name, label, versionId });
    }
  };

  return {
    handle: (request) => {
      let operation = "unknown";
      let caller: Caller | undefined;
      let body: unknown;
      let answer: Answer = {};
      let error: AwsError | undefined;
      try {
        operation = operationOf(request);
        caller = callerOf(request);
        body = jsonOf(request.body);
        answer = run(operation, body, caller);
        tell(operation, answer, caller);
      } catch (thrown) {
        if (!(thrown instanceof AwsError)) throw thrown;
        error = thrown;
      }
      state.settle();
      const status = error?.status ?? 200;
      record({
        kind: "request",
        service: "secretsmanager",
        operation,
        status,
        ...(error && { error: error.code }),
        ...named(body, answer, caller),
      });
      const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomId() };
      return { status, headers, body: error ? error.body() : answer };
    },
    registerFunction: (arn, invoke, accessKeyId) =>
      state.rotations.functions.register(arn, invoke, accessKeyId),
    set: (name, value) => {
      state.switches.set(name, value);
      if (state.switches.now.readLagSeconds > 0) state.store.amend(timeline.now());
      state.settle();
    },
    describe: () =>
      state.store.regions().flatMap((region) =>
        state.store.list(region).map((secret) => {
          const rotating = state.rotations.tokenUnderWay(secret);
          return {
            region,
            name: secret.name,
            arn: secret.arn,
            deleted: secret.deletionDate !== undefined,
            ...(rotating !== undefined && { rotating }),
            versions: [...secret.versions.values()].map(({ id, value }) => ({
              id,
              stages: stagesOf(secret.labels, id),
              empty: value === undefined,
            })),
          };
        }),
      ),
    reset: () => {
      state.rotations.drop();
      state.agenda.drop();
      state = emptyState(options);
    },
  };
}

function emptyState(options: SecretsManagerOptions) {
  const { timeline } = options;
  const agenda = createAgenda(timeline);
  const switches = createSwitches();
  const store = new SecretStore();
  const changed = () => {
    if (switches.now.readLagSeconds > 0) store.note(timeline.now());
    schedules.sync();
  };
  const rotations = new Rotations({ ...options, agenda, switches, changed });
  const schedules = new NativeSchedules({ ...options, agenda, switches, store, rotations, changed });
  const settle = () => {
    rotations.settle();
    changed();
  };
  /** The labels of secrets as they were last told of. */
  const told = new WeakMap<SecretRecord, Labels>();
  return { agenda, switches, store, rotations, throttle: createThrottle(), settle, told };
}

/** What can move labels, AWSPENDING apart. */
const labelling: ReadonlySet<string> = new Set([
  ...["CreateSecret", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"],
]);

/** What shows a secret as it was `readLagSeconds` ago. ListSecrets has a lag of its own. */
const laggingReads: ReadonlySet<string> = new Set([
  ...["DescribeSecret", "GetSecretValue", "ListSecretVersionIds", "BatchGetSecretValue"],
]);

function field(of: unknown, name: string): string | undefined {
  if (typeof of !== "object" || of === null) return undefined;
  const value: unknown = Object.getOwnPropertyDescriptor(of, name)?.value;
  return typeof value === "string" ? value : undefined;
}
