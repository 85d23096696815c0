import * as z from "zod/mini";
import { CodedError } from "../../providers/kit/failure.js";
import { parseDeclarations } from "../../services/config/declare.js";
import { secretRef } from "../../services/rotation/event.js";
import { createHandler, createJobs, type FunctionOptions } from "../../services/rotation/handler.js";
import type { Receipt } from "../../services/rotation/leak/receipt.js";
import type { Progress, Report } from "../../services/rotation/leak/report.js";
import { awsOf, functionOf } from "../../services/sandbox/place.js";
import { seedSandbox } from "../../services/sandbox/seed.js";
import { awsSchedules } from "../../services/schedules/aws-schedules.js";
import { routineName, secretIdOf } from "../../services/schedules/names.js";
import { secretsManagerStore } from "../../services/store/secrets-manager.js";
import { asOperator, type Flow, type Operator, type Way } from "./flow.js";
import type { Line } from "./line.js";
import { pauseMs } from "./tolls.js";
import type { Who } from "./track.js";
import type { World } from "./world.js";

const timeoutMs = 5_000;
/** As the command runs the job. Milliseconds. */
const runMs = 30_000;
const againMs = 5_000;

const step = z.object({ Step: z.string(), ClientRequestToken: z.string() });

/** `keyturn rotate-secret <secret> --leaked --only current --wait`, with everything around its function that the stack deploys. */
export const keyturn: Way = {
  names: ["keyturn", "keyturn --kill-first"],
  isRenewed: false,
  async setUp(world) {
    const deployed = await deploy(world);
    const { secret } = deployed;
    const respond: Flow["respond"] = (operator, name) =>
      contain(world, { ...deployed, killFirst: name === "keyturn --kill-first" }, operator);
    // From now on the secret is as each leak leaves it: a current key, and no other that lives.
    await asOperator(world, (operator) => respond(operator, "keyturn"));
    return { secret, respond };
  },
};

/** One secret with its first key. */
async function deploy(world: World): Promise<{ options: FunctionOptions; secret: string }> {
  const { sandbox, provider } = world;
  let lent: FunctionOptions | undefined;
  const [seeded] = await seedSandbox(sandbox, {
    providers: [provider],
    environment: "simulation",
    requestTimeoutMs: timeoutMs,
    declare: { every: "45m" },
    load: () =>
      Promise.resolve({
        createHandler: (options) => async (event, context) => {
          lent = options;
          const { data } = z.safeParse(step, event);
          const who: Who = data ? { as: "rotation", token: data.ClientRequestToken } : { as: "beside" };
          return through(world, who, options, (own) => createHandler(provider, own)(event, context));
        },
      }),
  });
  if (!seeded || !lent?.surroundings) throw new Error("nothing was set up");
  const { surroundings } = lent;
  const schedules = awsSchedules(awsOf(sandbox), surroundings, timeoutMs);
  // Rotations begin when the simulation says so.
  for (const { name } of await schedules.list("kt-")) await schedules.remove(name);
  return { options: lent, secret: seeded.name };
}

/** A function's run: Lambda's own time, and then calls that take theirs. */
async function through<Result>(
  world: World,
  who: Who,
  options: FunctionOptions,
  run: (own: FunctionOptions) => Promise<Result>,
): Promise<Result> {
  const { clock } = options;
  const line = await world.line(who, clock);
  try {
    await world.invoked(who, clock);
    return await run(over(line, options));
  } finally {
    await line.close();
  }
}

function over(line: Line, options: FunctionOptions): FunctionOptions {
  const declarations = parseDeclarations(options.declarations);
  const secrets = Object.entries(declarations.secrets).map(([name, declared]) => [
    name,
    { ...declared, endpoint: line.vendor },
  ]);
  return {
    ...options,
    aws: { ...options.aws, endpoint: line.aws },
    declarations: { ...declarations, secrets: Object.fromEntries(secrets) },
  };
}

interface Case {
  readonly options: FunctionOptions;
  readonly secret: string;
  readonly killFirst: boolean;
}

/** What the command asks AWS, in its order: the secret, what stands around it, whether its leak is on record; then the job, until it is done. */
async function contain(
  { provider, sandbox }: World,
  { options, secret, killFirst }: Case,
  { clock, line }: Operator,
): Promise<Date | undefined> {
  const at = clock.now().toISOString();
  const { surroundings, ...lent } = over(line, options);
  if (!surroundings) throw new Error("nothing stands around the function");
  const aws = { ...awsOf(sandbox), endpoint: line.aws };
  const { arn, stages } = await secretsManagerStore(aws, timeoutMs).describe(secret);
  const schedules = awsSchedules(aws, surroundings, timeoutMs);
  const id = secretIdOf(secretRef(arn));
  await schedules.get(routineName(id));
  const current = [...stages].find(([, labels]) => labels.includes("AWSCURRENT"))?.[0] ?? "";
  await schedules.list(`kt-watch-${id}-`);
  const report: Report = { versions: [current], at, ...(killFirst && { killFirst }) };
  const jobs = createJobs(provider, { ...lent, surroundings, aws, clock });
  for (let progress: Progress | undefined; ; ) {
    const end = clock.monotonic() + runMs;
    const event = { v: 1, action: "contain", secretId: arn, report, ...(progress && { progress }) };
    const context = {
      getRemainingTimeInMillis: () => end - clock.monotonic(),
      invokedFunctionArn: functionOf(provider.id).arn,
    };
    try {
      const result = await jobs({ keyturn: event }, context);
      if (result.action !== "contain") throw new TypeError("a containment has a result of its own");
      const { receipt, versions, outcome } = result;
      if (outcome === "contained") return lastRefusal(receipt);
      if (outcome === "nothing_to_do") throw new Error("there was a leak to contain");
      progress = Object.fromEntries(versions.map(({ version, state: _, ...known }) => [version, known]));
      await clock.sleep(pauseMs);
    } catch (error) {
      if (!(error instanceof CodedError) || !error.retryable) throw error;
      await clock.sleep(againMs);
    }
  }
}

function lastRefusal(receipt: Receipt | undefined): Date {
  const [last] = (receipt?.keys ?? [])
    .flatMap(({ refusedAt }) => refusedAt ?? [])
    .sort()
    .reverse();
  if (last === undefined) throw new Error("a contained key was seen refused");
  return new Date(last);
}
