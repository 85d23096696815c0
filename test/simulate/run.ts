import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { ConfiguredRetryStrategy } from "@smithy/core/retry";
import { createFakeGitHub } from "../../providers/github/fake/fake.js";
import type { FakeVendor } from "../../providers/kit/fake.js";
import { createFakeStripe } from "../../providers/stripe/fake/fake.js";
import { declarationsOf as ofProvider } from "../../services/config/declare.js";
import { createHandler } from "../../services/rotation/handler.js";
import { installEnvironment } from "../../services/sandbox/environment.js";
import type { Invoke } from "../../services/sandbox/parts.js";
import { awsOf, functionOf } from "../../services/sandbox/place.js";
import { startSandbox } from "../../services/sandbox/sandbox.js";
import { Wire } from "../faults/wire.js";
import { Accidents, outageAt } from "./accidents.js";
import { begin, minuteMs, type Plan } from "./plan.js";
import { type Result, resultOf } from "./result.js";
import { declarationsOf, declare, plant } from "./secrets.js";
import { Tally } from "./tally.js";
import { Truth } from "./truth.js";

/** Long enough for the last tick's rotation, its retries and its recovery. */
const afterwardsMs = 20 * minuteMs;
const environment = "simulated";

/**
 * Plays a plan with the shipped code: functions, jobs, schedules and recovery, over HTTP, on a sandbox of its own whose clock is moved. Ticks
 * count until its end, and what comes of them for 20 minutes more.
 * @param progress told once each simulated day how much is over, from 0 to 1
 */
export async function simulate(
  plan: Plan,
  progress: (part: number) => void = () => undefined,
): Promise<Result> {
  const started = performance.now();
  let truth: Truth | undefined;
  const seen = <Vendor extends FakeVendor>(fake: Vendor): Vendor => ({
    ...fake,
    handle: async (request) => {
      const answer = await fake.handle(request);
      truth?.look(request.path);
      return answer;
    },
  });
  const sandbox = await startSandbox({
    start: begin,
    vendors: {
      github: (lent) => seen(createFakeGitHub(lent)),
      stripe: (lent) => seen(createFakeStripe(lent)),
    },
  });
  const { timeline, journal } = sandbox;
  const now = () => timeline.now().getTime();
  let begun = Number.POSITIVE_INFINITY;
  const outage = (vendor: string, time: number) => outageAt(plan.outages, begun)(vendor, time);
  const accidents = new Accidents(plan, (vendor) => outage(vendor, now()) !== undefined);
  // Which requests make a key is nothing that accidents ask.
  const wire = new Wire(sandbox, accidents, /^$/);
  const client = new SecretsManager(awsOf(sandbox));
  const requestHandler = wire.throughWire(client.config.requestHandler);
  let tally: Tally | undefined;
  try {
    const declared = declare(sandbox, plan.secrets);
    const declarations = declarationsOf(environment, declared);
    const providers = [...new Set(declared.map(({ provider }) => provider))];
    const around = await installEnvironment(sandbox, { environment, providers });
    for (const provider of providers) {
      const { arn, accessKeyId } = functionOf(provider.id);
      const handler = createHandler(provider, {
        declarations: ofProvider(provider.id, declarations),
        clock: wire.clock,
        // As often as the SDK would, without its pauses: they are real time.
        aws: {
          ...awsOf(sandbox, accessKeyId),
          requestHandler,
          retryStrategy: new ConfiguredRetryStrategy(2, 0),
        },
        surroundings: around.get(provider.id),
        // Not met: the wire tells at once who has waited long enough.
        requestTimeoutMs: 10_000,
        log: (line) => tally?.line(line),
      });
      const invoke: Invoke = async (event, context) => {
        const step = stepOf(event);
        const name = `${provider.id} ${secretOf(event)} ${step} ${context.clock.now().toISOString()}`;
        const runner = {
          name,
          event,
          step,
          clock: context.clock,
          remaining: context.getRemainingTimeInMillis,
        };
        let result: unknown;
        await wire.run(runner, async () => {
          result = await handler(event, context);
        });
        return result;
      };
      sandbox.functions.register(arn, invoke, accessKeyId);
    }
    const secrets = await plant(sandbox, declared, declarations, around);
    begun = now();
    const watch = new Truth(sandbox, secrets);
    const read = new Tally(journal, secrets, now);
    [truth, tally] = [watch, read];
    accidents.begun = true;
    if (plan.duplicates > 0) sandbox.aws.scheduler.set("duplicates", plan.duplicates);
    const everyMinute = () => {
      watch.look();
      timeline.at(new Date(now() + minuteMs), everyMinute);
    };
    everyMinute();
    const until = begun + plan.seconds * 1000;
    for (let hour = 0; now() < until + afterwardsMs; hour++) {
      if (plan.duplicates > 0)
        sandbox.aws.scheduler.set("duplicateAfterSeconds", laterBy[hour % laterBy.length]);
      await timeline.advance(Math.min(60 * minuteMs, until + afterwardsMs - now()));
      read.drain(journal);
      if (hour % 24 === 0) progress(Math.min(1, (now() - begun) / (plan.seconds * 1000)));
    }
    const wallSeconds = (performance.now() - started) / 1000;
    return resultOf({
      plan,
      secrets,
      begun,
      until,
      tally: read,
      known: watch.known(),
      accidents,
      outage,
      wallSeconds,
    });
  } finally {
    truth = undefined;
    wire.close();
    client.destroy();
    await sandbox.close();
  }
}

/** A delivery that is made twice comes again while the first one runs, or when it is long over. Seconds. */
const laterBy = [5, 90, 1500];

function stepOf(event: unknown): string {
  const { Step, keyturn } = Object(event);
  return String(Step ?? keyturn?.action ?? "records");
}

function secretOf(event: unknown): string {
  const { SecretId, keyturn } = Object(event);
  return /:secret:(.+)-\w{6}$/.exec(String(SecretId ?? keyturn?.secretId))?.[1] ?? "";
}
