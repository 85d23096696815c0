import { describe, expect, it } from "vitest";
import { type Bench, mostLive, openBench, type Rotated } from "./bench.js";
import { type Kind, kinds, only, serviceOf, vendors } from "./refusal.js";

const operations = ({ calls }: Rotated) => calls.map(({ operation }) => operation);
const writes = ["PutSecretValue", "UpdateSecretVersionStage"];

async function rotated(bench: Bench, vendor: Kind): Promise<Rotated> {
  await bench.pastOverlap(bench[vendor]);
  return bench.rotate(bench[vendor]);
}

describe.each(kinds)("%s: an undisturbed rotation", (vendor) => {
  it("replaces the key, keeps the old one as previous, and ends that one before it makes the next", async () => {
    const bench = await openBench({ providers: only(vendor) });
    const secret = bench[vendor];
    const seen: string[] = [(await bench.value(secret, "AWSCURRENT")).keyturn.handle];
    for (let round = 1; round <= 4; round++) {
      const { outcome, errors } = await rotated(bench, vendor);
      expect({ outcome, errors }).toEqual({ outcome: "succeeded", errors: [] });
      const current = (await bench.value(secret, "AWSCURRENT")).keyturn.handle;
      expect((await bench.value(secret, "AWSPREVIOUS")).keyturn.handle).toBe(seen.at(-1));
      expect(seen).not.toContain(current);
      expect(bench.handles(secret, "live")).toEqual([current, seen.at(-1)].sort());
      seen.push(current);
    }
    expect(mostLive(bench)).toBe(2);
  });
});

describe.each(vendors)("%s: an undisturbed rotation", (vendor) => {
  it("makes 13 calls on the secret (14 where the vendor cannot list), 2 of them writes, and reads the admin secret in each step that asks the vendor", async () => {
    const bench = await openBench();
    await rotated(bench, vendor);
    const from = bench.sandbox.journal.last;
    const rotation = await rotated(bench, vendor);
    const look = vendor === "github" ? ["ListSecretVersionIds", "GetSecretValue"] : ["DescribeSecret"];
    expect(operations(rotation)).toEqual([
      ...[
        "DescribeSecret",
        "GetSecretValue",
        "GetSecretValue",
        "GetSecretValue",
        ...look,
        "DescribeSecret",
        "PutSecretValue",
      ],
      ...["DescribeSecret", "GetSecretValue"],
      ...["DescribeSecret", "GetSecretValue", "UpdateSecretVersionStage", "DescribeSecret"],
    ]);
    expect(operations(rotation).filter((name) => writes.includes(name))).toHaveLength(2);
    const admin = bench.sandbox.journal
      .since(from)
      .filter((entry) => entry.kind === "request" && entry.secret === bench[vendor].declaration.admin);
    expect(admin).toHaveLength(3);
  });
});

describe("github: rotations so frequent that keys of several versions could still live", () => {
  it("make 14 calls each all the same: what an earlier rotation saw dead is not read again", async () => {
    const bench = await openBench({ declare: { every: "20m" }, providers: only("github") });
    for (let round = 1; round <= 5; round++) {
      const rotation = await rotated(bench, "github");
      expect({ round, outcome: rotation.outcome, calls: rotation.calls.length }).toEqual({
        ...{ round, outcome: "succeeded", calls: 14 },
      });
    }
    expect(mostLive(bench)).toBe(2);
  });
});

describe("the order at the vendor", () => {
  it("github: end the previous token, see it refused, make one, ask twice whether it is accepted", async () => {
    const bench = await openBench({ declare: { every: "20m" }, providers: only("github") });
    await rotated(bench, "github");
    expect((await rotated(bench, "github")).vendor).toEqual([
      "DELETE /installation/token 204",
      "GET /installation/repositories 401",
      "POST /app/installations/{installation_id}/access_tokens 201",
      "GET /installation/repositories 200",
      "GET /installation/repositories 200",
    ]);
  });

  it("stripe: list, end the previous key, watch it die, count, make one, ask and look at its status twice", async () => {
    const bench = await openBench();
    bench.sandbox.vendors.stripe.set("deathSeconds", 2);
    await rotated(bench, "stripe");
    expect((await rotated(bench, "stripe")).vendor).toEqual([
      "GET /v2/iam/api_keys 200",
      "POST /v2/iam/api_keys/{id} 200",
      "POST /v2/iam/api_keys/{id}/expire 200",
      "GET /v1/customers 200",
      // Narrowed it may do next to nothing any more, and is alive all the same.
      "GET /v1/customers 403",
      "GET /v1/customers 401",
      "GET /v2/iam/api_keys 200",
      "POST /v2/iam/api_keys 200",
      "GET /v1/customers 200",
      "GET /v2/iam/api_keys 200",
      "GET /v1/customers 200",
      "GET /v2/iam/api_keys 200",
    ]);
  });

  it("deploy key: list, end the previous key, see it refused over SSH, count; count again, register; log in with it twice", async () => {
    const bench = await openBench({ providers: only("deployKey") });
    await rotated(bench, "deployKey");
    const token = "POST /app/installations/{installation_id}/access_tokens 201";
    const list = "GET /repos/{owner}/{repo}/keys 200";
    const logIn = (status: number) => ["GET /meta 200", `SSH git ${status}`];
    expect((await rotated(bench, "deployKey")).vendor).toEqual([
      // createSecret: the list, the list for the id, the end, its proof, the count.
      ...[token, list, list, "DELETE /repos/{owner}/{repo}/keys/{key_id} 204", ...logIn(401), list],
      // setSecret
      ...[token, list, list, "POST /repos/{owner}/{repo}/keys 201"],
      // testSecret: whether it logs in, whether it is listed.
      ...[token, ...logIn(200), list],
      // finishSecret
      ...[token, ...logIn(200), list],
    ]);
  });

  it("webhook secret: list, disable and delete the previous endpoint, see it gone, count, make one; look at it twice", async () => {
    const bench = await openBench({ providers: only("webhook") });
    await rotated(bench, "webhook");
    const [list, one] = ["GET /v1/webhook_endpoints", "/v1/webhook_endpoints/{id}"];
    expect((await rotated(bench, "webhook")).vendor).toEqual([
      ...[`${list} 200`, `POST ${one} 200`, `DELETE ${one} 200`, `GET ${one} 404`],
      ...[`${list} 200`, `${list} 200`, "POST /v1/webhook_endpoints 200"],
      ...[`GET ${one} 200`, `${list} 200`, `GET ${one} 200`, `${list} 200`],
    ]);
  });
});

/** Which setting of a vendor keeps new keys from being accepted. A webhook's record is there at once. */
const settling = [
  ["github", "settleSeconds", "GET /installation/repositories 401"],
  ["stripe", "settleSeconds", "GET /v1/customers 401"],
  ["deployKey", "deployKeySettleSeconds", "SSH git 401"],
] as const;

describe.each(settling)("%s: a new key that its vendor does not accept at once", (kind, setting, refusal) => {
  it("is waited for", async () => {
    const bench = await openBench({ providers: only(kind) });
    bench.sandbox.vendors[serviceOf(kind)].set(setting, 3);
    const { outcome, errors, vendor } = await rotated(bench, kind);
    expect({ outcome, errors }).toEqual({ outcome: "succeeded", errors: [] });
    expect(vendor).toContain(refusal);
  });

  it("is not promoted when its settling time is over; the current one stays", async () => {
    const bench = await openBench({ providers: only(kind) });
    const current = (await bench.value(bench[kind], "AWSCURRENT")).keyturn.handle;
    bench.sandbox.secretsManager.set("retries", 0);
    bench.sandbox.vendors[serviceOf(kind)].set(setting, 100_000);
    const { errors } = await rotated(bench, kind);
    expect(errors).toEqual([expect.objectContaining({ step: "testSecret", name: "key_rejected" })]);
    expect((await bench.value(bench[kind], "AWSCURRENT")).keyturn.handle).toBe(current);
  });
});

describe("deployKey: installation tokens that GitHub refuses at first, as it does for up to 5 s", () => {
  it.each([1, 3, 5])("for %i s: the step asks again, and succeeds", async (seconds) => {
    const bench = await openBench({ providers: only("deployKey") });
    bench.sandbox.vendors.github.set("settleSeconds", seconds);
    const { outcome, errors, vendor } = await rotated(bench, "deployKey");
    expect({ outcome, errors }).toEqual({ outcome: "succeeded", errors: [] });
    expect(vendor).toContain("GET /repos/{owner}/{repo}/keys 401");
  });
});

describe("stripe: lists that show a change late, as Stripe says they may", () => {
  it.each([1, 4, 8])("by %i s: every rotation succeeds, with two keys at most", async (seconds) => {
    const bench = await openBench({ providers: only("stripe") });
    bench.sandbox.vendors.stripe.set("listLagSeconds", seconds);
    for (let round = 1; round <= 3; round++) {
      const { outcome, errors } = await rotated(bench, "stripe");
      expect({ outcome, errors }).toEqual({ outcome: "succeeded", errors: [] });
    }
    expect(mostLive(bench)).toBe(2);
    expect(bench.handles(bench.stripe, "not retired")).toHaveLength(2);
  });
});

describe.each(kinds)("%s: a rotation with trouble on the way", (vendor) => {
  it("succeeds in AWS's own retry, under the same token, once the vendor is back", async () => {
    const bench = await openBench({ providers: only(vendor) });
    bench.sandbox.faults.add({ service: serviceOf(vendor), times: "always", fault: { kind: "refuse" } });
    const secret = bench[vendor];
    await bench.pastOverlap(secret);
    const down = await bench.rotate(secret);
    expect(down.errors).toEqual([expect.objectContaining({ step: "createSecret", name: "unavailable" })]);
    bench.sandbox.faults.clear();
    await bench.sandbox.timeline.advance(60_000);
    expect((await bench.labels(secret))[down.token]).toContain("AWSCURRENT");
    expect(mostLive(bench)).toBe(2);
  });
});

describe("the stored value", () => {
  it("holds the key under the application's name, our record, and the application's own fields", async () => {
    const bench = await openBench({
      declare: { fields: { apiKey: "STRIPE_SECRET_KEY" } },
      providers: only("stripe"),
    });
    const { name, declaration } = bench.stripe;
    const first = await bench.value(bench.stripe, "AWSCURRENT");
    await bench.aws.putSecretValue({
      SecretId: name,
      SecretString: JSON.stringify({ ...first, region: "eu" }),
    });
    await rotated(bench, "stripe");
    const value = await bench.value(bench.stripe, "AWSCURRENT");
    expect(value).toMatchObject({
      STRIPE_SECRET_KEY: expect.stringMatching(/^rk_test_/),
      region: "eu",
      keyturn: {
        v: 1,
        provider: "stripe/restricted-key",
        config: declaration.config,
        label: expect.stringMatching(/^keyturn:sandbox2:[a-z2-7]{16}:[a-z2-7]{12}\.0$/),
        handle: expect.not.stringMatching(String(first.keyturn.handle)),
      },
    });
    expect(value).not.toHaveProperty("apiKey");
  });
});
