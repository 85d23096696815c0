import installationToken from "../../providers/github/installation-token.js";
import { CodedError } from "../../providers/kit/failure.js";
import type { Provider } from "../../providers/kit/plug.js";
import restrictedKey from "../../providers/stripe/restricted-key.js";
import { loadFunction } from "../cli/load-function.js";
import { formatDuration } from "../duration.js";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.js";
import { type SeededSecret, sandboxClient, seedSandbox } from "../sandbox/seed.js";
import { Application } from "./application.js";
import { controlPort, DemoError } from "./ask.js";
import type { Page } from "./page.js";
import { callsPerRotation, claims, secondsTold, type Use } from "./proof.js";
import { nothingYet, type Standing } from "./standing.js";
import { type Service, Teller, type Told, time } from "./teller.js";
import { closing, opening, vendorNames } from "./words.js";

export interface StoryOptions {
  readonly page: Page;
  /** Which vendor goes down in the middle of round 2. */
  readonly stop?: Service | undefined;
  /** Default: a new one, on free ports, its clock standing still. */
  readonly start?: () => Promise<Sandbox>;
}

/**
 * One interval for both: they share one clock. It is short enough that a GitHub token (one hour) is still alive when
 * its turn to be ended comes, so that its end is seen to be ours.
 */
const every = "25m";
const rounds = 3;

/** Where a vendor makes keys: what fails first when it goes down. */
const minting: Readonly<Record<Service, string>> = {
  github: "POST /app/installations/{id}/access_tokens",
  stripe: "POST /v2/iam/api_keys",
};

/**
 * Starts a sandbox, rotates its secrets, and shows what the sandbox saw. Resolves to whether all that the demo claims
 * held; the sandbox is closed then. Its only words about what happened come from requests over HTTP: the function
 * itself is called by the sandbox, as by Lambda.
 * @throws DemoError when the sandbox does not answer as it should; SandboxError when it does not start
 */
export async function tellStory({ page, stop, start }: StoryOptions): Promise<boolean> {
  const began = performance.now();
  const sandbox = await (start ?? (() => startSandbox({ moving: false })))();
  const aws = sandboxClient(sandbox);
  try {
    const control = controlPort(sandbox.urls.control);
    page.say(...opening(sandbox.urls, every));
    const seeded = await seeds(sandbox);
    const secrets = seeded.map(({ name, provider }): Told => {
      const service = provider.startsWith("github/") ? "github" : "stripe";
      const vendor = vendorNames[service];
      return { secret: name, provider, service, vendor, standing: nothingYet, inbox: [] };
    });
    const teller = new Teller(page, control, new Application(aws, sandbox.urls), secrets);
    let going = await firstKeys(teller);
    for (let number = 1; going && number <= rounds; number++) {
      going = await round(teller, number, number === 2 ? stop : undefined);
    }
    const uses = await proof(teller);
    const held = await sum(teller, uses);
    // Real time is the one figure that the sandbox does not know.
    page.say(...closing((performance.now() - began) / 1000, stop));
    return held;
  } finally {
    aws.destroy();
    await sandbox.close();
  }
}

/** Declares the secrets and has their first keys made. What is thrown on the way may hold anything: it does not go on. */
async function seeds(sandbox: Sandbox): Promise<readonly SeededSecret[]> {
  const load = (provider: Provider) =>
    loadFunction(provider).catch(() => {
      throw new DemoError("not_built", {
        expected: `the built function of ${provider.id} in dist/functions`,
        found: "none that can be loaded",
        next: "Run npm start, which builds it, or npm run build.",
      });
    });
  try {
    return await seedSandbox(sandbox, {
      load,
      declare: { every },
      providers: [installationToken, restrictedKey],
    });
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new DemoError("aws_refused", {
      expected: "the sandbox's Secrets Manager to take the secrets of the demo",
      found: error instanceof Error ? error.name : "an error",
      next: "Start the demo again, and let nobody stop Secrets Manager meanwhile.",
    });
  }
}

async function firstKeys(teller: Teller): Promise<boolean> {
  teller.page.section("The first key of each secret");
  await teller.news();
  let all = true;
  for (const told of teller.secrets) all = (await teller.follow(told)) && all;
  return all;
}

/** Moves time by one interval and rotates every secret. False when a rotation did not succeed in the end. */
async function round(teller: Teller, number: number, stop: Service | undefined): Promise<boolean> {
  const { page, control, application } = teller;
  const { now } = await control.advance(every);
  page.section(`Round ${number} of ${rounds} · clock +${every} → ${time(now)}`);
  for (const told of teller.secrets) {
    const stopped = told.service === stop;
    if (stopped) {
      const fault = down(told.service, minting[told.service]);
      await teller.fault(`${told.vendor} goes down once it is asked to make a key`, fault);
    }
    await application.rotate(told.secret);
    await control.idle();
    await teller.news();
    const outageOf = (before: Standing) => outage(teller, told, before);
    if (!(await teller.follow(told, stopped ? outageOf : undefined))) return false;
  }
  return true;
}

/** The vendor is down for everyone, and comes back. What the failed try left behind is shown. */
async function outage(teller: Teller, told: Told, before: Standing): Promise<void> {
  const { page } = teller;
  const { labels, current = "" } = told.standing;
  await teller.fault(`${told.vendor} is down for everyone`, down(told.service));
  const moved = ["AWSCURRENT", "AWSPREVIOUS"].filter(
    (stage) => before.labels.get(stage) !== labels.get(stage),
  );
  if (moved.length > 0) page.fact(`${moved.join(", ")} MOVED although the rotation is not over`, "bad");
  else page.fact("AWSCURRENT and AWSPREVIOUS are on the versions that had them before the rotation", "good");
  await teller.use(told, current);
  await teller.fault(`${told.vendor} is back`, { clear: true });
  await teller.use(told, current);
}

/** The application uses every key it ever read. */
async function proof(teller: Teller): Promise<readonly Use[]> {
  const { page, application, secrets } = teller;
  page.section("The proof: an application uses every key it ever read (@octokit/rest, stripe)");
  const uses: Use[] = [];
  for (const told of secrets) {
    const held = application.held.filter(({ service }) => service === told.service);
    for (const { handle } of held) uses.push(await teller.use(told, handle));
    if (held.length === 0)
      page.fact(`${told.vendor}  no version of ${told.secret} that it read held a key`, "bad");
  }
  return uses;
}

/** The whole journal, added up. */
async function sum({ page, control, secrets }: Teller, uses: readonly Use[]): Promise<boolean> {
  page.section("What the journal adds up to");
  const entries = await control.all();
  const found = claims(entries, secrets, uses, secrets.length * (rounds + 1));
  for (const { text, holds } of found) page.fact(`${holds ? "yes" : "NO "}  ${text}`, holds ? "good" : "bad");
  const calls = secrets.map(
    ({ secret, vendor }) => `${vendor} ${callsPerRotation(entries, secret).join(", ")}`,
  );
  page.fact(`     calls on each secret, by rotation: ${calls.join("; ")}`, "plain");
  page.fact(`     passed on the sandbox's clock: ${formatDuration(secondsTold(entries))}`, "plain");
  return found.every(({ holds }) => holds);
}

function down(service: Service, operation?: string) {
  return { service, ...(operation && { operation }), times: "always", fault: { kind: "refuse" } };
}
