import type { FoundKey } from "../../../providers/kit/contract.js";
import type { Admission } from "../../../providers/kit/fake.js";
import { type Bench, found, makeKey, newLabel, type Probe, requestFor } from "../bench.js";
import { must } from "../check.js";

/** How many seconds a vendor's record may be off: most count in whole ones. */
const grainMs = 1000;

export const labels: Probe = async (bench) => {
  const customer = bench.admit();
  const before = await list(bench, customer);
  must(before.length === 0, "an empty list before any key was made", `${before.length} keys`);
  const wanted = [
    newLabel(),
    newLabel({ attempt: 0 }),
    newLabel({ secret: "ponmlkjihgfedcba" }),
    newLabel({ installation: "zyxwvuts" }),
  ];
  const made: { key: Awaited<ReturnType<typeof makeKey>>; label: string; at: Date }[] = [];
  for (const label of wanted) {
    bench.advance(100);
    made.push({ key: await makeKey(bench, customer, label), label, at: bench.now() });
  }
  const truth = JSON.stringify(bench.truth());
  const listed = await list(bench, customer);
  must(
    JSON.stringify(bench.truth()) === truth,
    "the vendor's keys as they were before they were listed",
    "others",
  );
  for (const { key, label, at } of made) {
    const one = mustList(listed, key.handle);
    must(
      one.label === label,
      "a listed key to carry exactly the label that it was made with",
      "another label",
    );
    must(one.state === "active", "a living key to be `active`", one.state);
    mustBeNear(one.createdAt, at, "createdAt");
    must(!one.isOther?.(key.fields), "isOther() not to be true of the key's own fields", "true");
  }
  must(listed.length === made.length, `${made.length} keys`, `${listed.length}`);
  const [first] = made;
  if (!first) return;
  bench.advance(100);
  const endedAt = bench.now();
  await (await bench.connect(customer)).retire(first.key);
  bench.advance(bench.subject.provider.facts.deathSeconds);
  const ended = (await list(bench, customer)).find(({ handle }) => handle === first.key.handle);
  must(ended?.state !== "active", "a key that ended to be `ended`, or listed no more", "`active`");
  if (ended?.endedAt) mustBeNear(ended.endedAt, endedAt, "endedAt");
};

export const pages: Probe = async (bench) => {
  const { paging } = bench.subject;
  if ("notChecked" in paging) return;
  for (const [name, value] of Object.entries(paging.settings ?? {})) bench.vendor.set(name, value);
  const customer = bench.admit();
  const once = await exchangesOfList(bench, customer);
  const handles: string[] = [];
  const maker = await bench.connect(customer);
  for (let made = 0; made < paging.keys; made++) {
    const label = newLabel();
    const key = await maker.make(requestFor(bench, label));
    await maker.register?.(key, label);
    handles.push(key.handle);
  }
  const listed = new Set((await list(bench, customer)).map(({ handle }) => handle));
  const missing = handles.filter((handle) => !listed.has(handle)).length;
  must(missing === 0, `all of ${paging.keys} keys to be listed`, `${missing} missing`);
  const many = await exchangesOfList(bench, customer);
  must(
    many > once,
    `the vendor to list ${paging.keys} keys on more than one page (raise paging.keys)`,
    "one page",
  );
};

async function exchangesOfList(bench: Bench, customer: Admission): Promise<number> {
  bench.wire.play();
  await list(bench, customer);
  return bench.wire.seen.length;
}

async function list(bench: Bench, customer: Admission): Promise<readonly FoundKey[]> {
  return found(await bench.connect(customer));
}

function mustList(listed: readonly FoundKey[], handle: string): FoundKey {
  const [one, ...more] = listed.filter((key) => key.handle === handle);
  must(
    one !== undefined && more.length === 0,
    "every key with a label to be listed once",
    one ? "twice" : "never",
  );
  return one;
}

function mustBeNear(time: Date, expected: Date, what: string): void {
  const off = Math.abs(time.getTime() - expected.getTime());
  must(off <= grainMs, `${what} to be when it was so by the vendor's clock`, `${off / 1000} s off`);
}
