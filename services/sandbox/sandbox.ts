import { randomUUID } from "node:crypto";
import { createFakeGitHub, type FakeGitHub } from "../../providers/github/fake/fake.js";
import type { FakeVendor, VendorKey } from "../../providers/kit/fake.js";
import { createFakeStripe, type FakeStripe } from "../../providers/stripe/fake/fake.js";
import { type AwsService, serviceNamed } from "./aws/aws-service.js";
import { type Bus, createBus } from "./aws/events/bus.js";
import { createLambda } from "./aws/lambda.js";
import { createLogGroups, type LogGroups } from "./aws/logs/log-groups.js";
import { createQueues, type Queues } from "./aws/queues/queues.js";
import { createScheduler } from "./aws/scheduler/scheduler.js";
import { createSecretsManager, type MovedLabel, type SecretsManager } from "./aws/secrets-manager.js";
import { createControl } from "./control.js";
import { createFaults, type Fault, type Faults, type RequestHead } from "./faults.js";
import { loopbackOnly } from "./guard.js";
import { createJournal, type Journal } from "./journal.js";
import type { Invoke, JournalLine } from "./parts.js";
import { type Served, type Server, serve } from "./server.js";
import { serveSsh } from "./ssh.js";
import { createTimeline, type MovableTimeline } from "./timeline.js";

/** Makes a vendor on the sandbox's clock. */
export type VendorFactory<Vendor extends FakeVendor = FakeVendor> = (lent: { now: () => Date }) => Vendor;

export interface SandboxOptions {
  /** 0, the default: five free ports. Else the first of five in a row: AWS, GitHub, Stripe, control, GitHub's SSH. */
  readonly port?: number;
  /** Default false: time stands still until it is advanced. */
  readonly moving?: boolean;
  /** What the clock shows first and after a reset. Default: the real time, to the second. */
  readonly start?: Date;
  /** Other vendors in the place of ours. */
  readonly vendors?: {
    readonly github?: VendorFactory<FakeGitHub>;
    readonly stripe?: VendorFactory<FakeStripe>;
  };
}

/** Base URLs, `http://127.0.0.1:<port>` each; SSH has no scheme. */
export interface SandboxUrls {
  readonly aws: string;
  readonly github: string;
  readonly stripe: string;
  readonly control: string;
  /** GitHub's SSH server: `127.0.0.1:<port>`. */
  readonly ssh: string;
}

export interface Sandbox {
  readonly urls: SandboxUrls;
  readonly timeline: MovableTimeline;
  readonly secretsManager: SecretsManager;
  /** What stands beside it behind the same port. */
  readonly aws: {
    readonly scheduler: AwsService;
    readonly bus: Bus;
    readonly queues: Queues;
    readonly logs: LogGroups;
  };
  readonly vendors: { readonly github: FakeGitHub; readonly stripe: FakeStripe };
  readonly journal: Journal;
  readonly faults: Faults;
  readonly functions: {
    /** Makes `arn` a function that RotateSecret, schedules, rules and queues may name, with the access key it calls AWS with. It outlives a reset. */
    register(arn: string, invoke: Invoke, accessKeyId: string): void;
  };
  /** Every key at every vendor: the ground truth. No value. */
  keys(): readonly VendorKey[];
  /** As it was at the start, functions excepted: nothing at vendors and AWS, no fault, an empty journal, the clock back. */
  reset(): void;
  /** Ends every connection and whatever waits for time. */
  close(): Promise<void>;
}

/**
 * Starts AWS, GitHub (its SSH server too), Stripe and the control port on 127.0.0.1, all empty, on one clock.
 * @throws SandboxError `port_taken` or `port_refused`; nothing listens then.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, moving = false, vendors: factories = {} } = options;
  const wholeSecond = () => new Date(Math.floor(Date.now() / 1000) * 1000);
  const start = options.start ?? wholeSecond();
  const timeline = createTimeline({ start, moving });
  const { now } = timeline;
  const journal = createJournal(timeline);
  const faults = createFaults([
    ...["secretsmanager", "scheduler", "events", "sqs", "logs", "github", "stripe", "ssh"],
  ]);
  const vendors = {
    github: (factories.github ?? createFakeGitHub)({ now }),
    stripe: (factories.stripe ?? createFakeStripe)({ now }),
  };
  const labelled = ({ region, arn, name, label, versionId }: MovedLabel) =>
    bus.emit(region, {
      source: "aws.secretsmanager",
      "detail-type": "Secret Label Updated",
      resources: [arn],
      detail: { name, labelUpdated: label, versionId },
    });
  const aws = journalledWithFaults(journal, (record) =>
    createSecretsManager({ timeline, record, randomId: randomUUID, labelled }),
  );
  const secretsManager = aws.service;
  const lent = { timeline, record: journal.record, randomId: randomUUID };
  const lambda = createLambda(lent);
  const queues = createQueues({ ...lent, lambda });
  const logs = createLogGroups(lent);
  const bus = createBus({ ...lent, lambda, queues, logs });
  const scheduler = createScheduler({ ...lent, lambda, queues, secretsManager });
  const besides: readonly AwsService[] = [scheduler, bus, queues, logs];
  const registered = new Map<string, { readonly invoke: Invoke; readonly accessKeyId: string }>();
  const functions: Sandbox["functions"] = {
    register(arn, invoke, accessKeyId) {
      registered.set(arn, { invoke, accessKeyId });
      secretsManager.registerFunction(arn, invoke, accessKeyId);
      lambda.register(arn, invoke);
    },
  };
  const keys = () => [...vendors.github.keys(), ...vendors.stripe.keys()];
  const resetAws = () => {
    secretsManager.reset();
    lambda.reset();
    for (const service of besides) service.reset();
  };
  const reset = () => {
    resetAws();
    for (const vendor of Object.values(vendors)) vendor.reset();
    faults.clear();
    journal.clear();
    timeline.reset(options.start || !timeline.moving ? start : wholeSecond());
    for (const [arn, { invoke, accessKeyId }] of registered) {
      secretsManager.registerFunction(arn, invoke, accessKeyId);
    }
  };
  const control = createControl({
    timeline,
    journal,
    faults,
    keys,
    reset,
    services: {
      secretsmanager: secretsManager,
      ...Object.fromEntries(besides.map((service) => [service.name, service])),
      ...vendors,
    },
  });

  const awsPort: Served = {
    handle: (request, fault) => {
      const beside = serviceNamed(besides, request);
      return beside ? beside.handle(request) : aws.handle(request, fault);
    },
  };
  const served = [
    {
      name: (head: RequestHead) => serviceNamed(besides, head)?.name ?? "secretsmanager",
      service: awsPort,
    },
    { name: "github", service: vendors.github },
    { name: "stripe", service: vendors.stripe },
    { name: "control", service: control },
  ];
  const servers: Pick<Server, "close">[] = [];
  const close = async () => {
    faults.clear();
    await Promise.all(servers.map((server) => server.close()));
    resetAws();
    timeline.reset(timeline.now());
  };
  const urls: string[] = [];
  try {
    const portAt = (index: number) => (port === 0 ? 0 : port + index);
    for (const [index, { name, service }] of served.entries()) {
      // AWS's Date header is real time: an AWS SDK takes a moved clock for its own machine's fault, and then repeats
      // every request that was refused.
      const date = service === awsPort ? () => new Date() : now;
      const vendor = Object.values(vendors).find((one) => one === service);
      const record = vendor ? withLiveKeys(journal, vendor) : journal.record;
      const common = { faults, record, guard: loopbackOnly, now: date };
      const server = await serve(service, { name, port: portAt(index), ...common });
      servers.push(server);
      urls.push(server.url);
    }
    const record = withLiveKeys(journal, vendors.github);
    const ssh = await serveSsh(vendors.github, { port: portAt(served.length), faults, record });
    servers.push(ssh);
    urls.push(ssh.address);
  } catch (error) {
    await close();
    throw error;
  }
  const [awsUrl = "", github = "", stripe = "", controlUrl = "", ssh = ""] = urls;
  return {
    urls: { aws: awsUrl, github, stripe, control: controlUrl, ssh },
    ...{
      timeline,
      secretsManager,
      aws: { scheduler, bus, queues, logs },
      vendors,
      journal,
      faults,
      functions,
      keys,
      reset,
      close,
    },
  };
}

/** A service that keeps the journal itself, synchronously, with the fault its answer meets added to its lines. */
function journalledWithFaults(
  journal: Journal,
  create: (record: (line: JournalLine) => void) => SecretsManager,
) {
  let injected: Fault["kind"] | undefined;
  const service = create((line) => {
    if (injected && line.kind === "request") journal.record({ ...line, error: line.error ?? injected });
    else journal.record(line);
  });
  return {
    service,
    handle(request: Parameters<SecretsManager["handle"]>[0], fault?: Fault["kind"]) {
      injected = fault;
      try {
        return service.handle(request);
      } finally {
        injected = undefined;
      }
    },
  };
}

/** Adds to each exchange with a vendor what it would accept afterwards: how many keys live at any moment can be read off. */
function withLiveKeys(journal: Journal, vendor: FakeVendor) {
  return (line: JournalLine) => {
    const live = vendor.keys().flatMap((key) => (key.live ? [key.handle] : []));
    journal.record(line.kind === "request" ? { ...line, live } : line);
  };
}
