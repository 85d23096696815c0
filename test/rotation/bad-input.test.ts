import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stepNames } from "../../services/rotation/event.js";
import { type Bench, openBench } from "./bench.js";
import {
  eventFor,
  type Midway,
  midway,
  only,
  quick,
  refusedUnchanged,
  toSteady,
  type Vendor,
  vendors,
  workingSteps,
} from "./refusal.js";
import { stage } from "./staged.js";

let bench: Midway["bench"];
let rotations: Midway["rotations"];
beforeAll(async () => {
  ({ bench, rotations } = await midway());
});
afterAll(() => bench.close());

const good = (vendor: Vendor = "github") =>
  eventFor(bench, bench[vendor], "createSecret", rotations[vendor].token);
const refuse = (event: unknown) =>
  refusedUnchanged(bench, bench.github, () => bench.invoke(bench.github, event));

describe("the event", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["text", "createSecret"],
    ["a list", [{ Step: "createSecret" }]],
    ["an empty object", {}],
    ["an event of S3", { Records: [{ eventSource: "aws:s3", s3: { object: { key: "a" } } }] }],
    ["a scheduled event", { source: "aws.events", "detail-type": "Scheduled Event", detail: {} }],
  ])("%s is event_invalid", async (_, event) => {
    expect(await refuse(event)).toBe("event_invalid");
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["no step", { Step: undefined }, "event_invalid"],
    ["a number for a step", { Step: 1 }, "event_invalid"],
    ["a step that is unknown", { Step: "rotateSecret" }, "step_unknown"],
    ["a step spelled otherwise", { Step: "createsecret" }, "step_unknown"],
    ["a step that JavaScript knows", { Step: "toString" }, "step_unknown"],
    ["no secret", { SecretId: undefined }, "event_invalid"],
    ["a name instead of an ARN", { SecretId: "app/github-installation-token" }, "event_invalid"],
    ["an ARN of another service", { SecretId: "arn:aws:ssm:us-east-1:123456789012:x" }, "event_invalid"],
    ["no token", { ClientRequestToken: undefined }, "event_invalid"],
    ["a token of 31 characters", { ClientRequestToken: "t".repeat(31) }, "event_invalid"],
    ["a token of 65 characters", { ClientRequestToken: "t".repeat(65) }, "event_invalid"],
    ["a token that is no text", { ClientRequestToken: { length: 40 } }, "event_invalid"],
    ["a rotation token of 35 characters", { RotationToken: "r".repeat(35) }, "event_invalid"],
    ["a rotation token that is no text", { RotationToken: 7 }, "event_invalid"],
  ])("with %s", async (_, change, code) => {
    expect(await refuse({ ...(await good()), ...change })).toBe(code);
  });

  it.each<[string, (arn: string) => string]>([
    ["another Region", (arn) => arn.replace("us-east-1", "eu-west-1")],
    ["another account", (arn) => arn.replace("123456789012", "210987654321")],
    ["a secret of the same name that was deleted since", (arn) => arn.replace(/.{6}$/, "aaaaaa")],
  ])("of %s finds nothing to work on", async (_, foreign) => {
    const event = await good();
    expect(await refuse({ ...event, SecretId: foreign(event.SecretId ?? "") })).toBe("store_missing");
  });
});

describe("the secret", () => {
  it.each(stepNames)("%s: of another function is not declared here", async (Step) => {
    const event = { ...(await good("stripe")), Step };
    const act = () => bench.invoke(bench.github, event);
    expect(await refusedUnchanged(bench, bench.stripe, act)).toBe("secret_undeclared");
  });

  it.each(["other", "toString", "constructor", "__proto__"])("named %s is not declared", async (name) => {
    const event = await good();
    const SecretId = event.SecretId?.replace(bench.github.name, name);
    expect(await refuse({ ...event, SecretId })).toBe("secret_undeclared");
  });

  it.each(stepNames)("%s: declared for another provider is not this function's", async (Step) => {
    const event = { ...(await good("stripe")), Step };
    const { name, declaration } = bench.stripe;
    const declarations = { installation: "sandbox2", secrets: { [name]: declaration } };
    const act = () => bench.invoke(bench.github, event, { declarations });
    expect(await refusedUnchanged(bench, bench.stripe, act)).toBe("provider_not_here");
  });
});

describe("the token", () => {
  const labelled = async (label: string) => {
    const found = Object.entries(await bench.labels(bench.github)).find(([, all]) => all.includes(label));
    return found?.[0] ?? "";
  };

  it.each(workingSteps)("%s: of no version is not staged", async (Step) => {
    expect(await refuse({ ...(await good()), Step, ClientRequestToken: randomUUID() })).toBe(
      "token_not_staged",
    );
  });

  it.each(workingSteps)("%s: of the previous version is not staged", async (Step) => {
    const ClientRequestToken = await labelled("AWSPREVIOUS");
    expect(await refuse({ ...(await good()), Step, ClientRequestToken })).toBe("token_not_staged");
  });

  it.each(stepNames)("%s: of the current version has succeeded already", async (Step) => {
    const before = await bench.snapshot(bench.github);
    await bench.invoke(bench.github, {
      ...{ ...(await good()), Step, ClientRequestToken: await labelled("AWSCURRENT") },
    });
    expect(await bench.snapshot(bench.github)).toEqual(before);
  });

  it.each(["testSecret", "finishSecret"] as const)("%s: of an empty version has no value", async (Step) => {
    expect(await refuse({ ...(await good()), Step })).toBe("value_missing");
  });

  it("setSecret has nothing to do, whatever the token, and does nothing", async () => {
    const before = await bench.snapshot(bench.github);
    const from = bench.sandbox.journal.last;
    const event = { ...(await good()), Step: "setSecret", ClientRequestToken: randomUUID() };
    const asked = bench.sandbox.journal.last - from;
    await bench.invoke(bench.github, event);
    expect(bench.sandbox.journal.last - from).toBe(asked);
    expect(await bench.snapshot(bench.github)).toEqual(before);
  });
});

it.each(vendors)("%s: after all this the same rotation succeeds", async (vendor) => {
  await rotations[vendor].runAll();
  expect((await bench.labels(bench[vendor]))[rotations[vendor].token]).toContain("AWSCURRENT");
});

describe.each(vendors)("%s: rotation disabled", (vendor) => {
  const disabled = async (opened: Bench) => {
    const rotation = await stage(opened, opened[vendor]);
    await opened.aws.cancelRotateSecret({ SecretId: opened[vendor].name });
    return rotation;
  };

  it("createSecret makes and ends nothing", async () => {
    const own = await toSteady(await openBench({ ...quick, providers: only(vendor) }), [vendor]);
    const rotation = await disabled(own);
    expect(await refusedUnchanged(own, own[vendor], () => rotation.run("createSecret"))).toBe(
      "rotation_disabled",
    );
  });

  it("testSecret and finishSecret stop, and what is staged is not promoted", async () => {
    const own = await toSteady(await openBench({ ...quick, providers: only(vendor) }), [vendor]);
    const rotation = await stage(own, own[vendor]);
    await rotation.run("createSecret");
    await own.aws.cancelRotateSecret({ SecretId: own[vendor].name });
    for (const step of ["testSecret", "finishSecret"] as const) {
      expect(await refusedUnchanged(own, own[vendor], () => rotation.run(step))).toBe("rotation_disabled");
    }
  });
});
