import type { Bug } from "./buggy.js";
import type { Happening } from "./happenings.js";

/** A mistake, and where the matrix must see it. */
export interface Seeded extends Bug {
  readonly provider: string;
  /** The faults that show it; none: an undisturbed rotation does. */
  readonly by?: Happening;
  /** At requests of these operations only. */
  readonly at?: RegExp;
  /** Name of a leak (containment.ts) whose containment shows it; none: a rotation does. */
  readonly leak?: string;
}

const contain = "services/rotation/leak/contain.ts";
const judge = "services/rotation/leak/judge.ts";
const create = "services/rotation/steps/create.ts";
const finish = "services/rotation/steps/finish.ts";
const stripe = "stripe/restricted-key";
const token = "github/installation-token";

export const bugs: readonly Seeded[] = [
  {
    name: "the previous key is ended after the new one was made",
    ...{ provider: token, file: create },
    right: `  await endPrevious(rotation, view, current, previous);

  // How many keys this rotation has ever made, dead ones included (P9).
  const attempt = listed
    ? madeBy(rotation, await makeRoom(rotation, listed, { current, previous }))
    : await makeRoomByHistory(rotation, current, previous);
  // Where no count at the vendor would show it: another run of this rotation may have stored a key meanwhile (P3).
  if (!listed && (await rotation.readAgain(rotation.token))) return;
  await mintAndStore(rotation, attempt, { versionId: currentId, extras: current?.extras ?? {} });
`,
    wrong: `
  // How many keys this rotation has ever made, dead ones included (P9).
  const attempt = listed
    ? madeBy(rotation, await makeRoom(rotation, listed, { current, previous }))
    : await makeRoomByHistory(rotation, current, previous);
  // Where no count at the vendor would show it: another run of this rotation may have stored a key meanwhile (P3).
  if (!listed && (await rotation.readAgain(rotation.token))) return;
  await mintAndStore(rotation, attempt, { versionId: currentId, extras: current?.extras ?? {} });
  await endPrevious(rotation, view, current, previous);
`,
  },
  {
    name: "labels are compared by their prefix",
    ...{ provider: stripe, file: "services/rotation/rotation.ts" },
    right: "return label !== undefined && sameSecret(label, this.label(0));",
    wrong: 'return text.startsWith("keyturn:");',
  },
  {
    name: "another installation's label counts as ours",
    ...{ provider: "github/deploy-key", file: "providers/kit/label.ts" },
    right: "a.installation === b.installation && ",
    wrong: "",
  },
  {
    name: "room is made by ending the oldest key",
    ...{ provider: stripe, file: "services/rotation/room.ts" },
    right: ">= 2 || refused.size < dying.length) throw tooMany(rotation, left);",
    wrong: '>= 2) await (await rotation.vendor()).retire({ handle: left.at(-1)?.handle ?? "", fields: {} });',
    by: "die",
    at: /PutSecretValue/,
  },
  {
    name: "the death of the previous key is not waited for",
    ...{ provider: stripe, file: "services/rotation/retire.ts" },
    right: "async function seeRefused(rotation: Rotation, stored: StoredKey): Promise<void> {\n",
    wrong:
      "async function seeRefused(rotation: Rotation, stored: StoredKey): Promise<void> {\n  if (rotation) return;\n",
  },
  {
    name: "a key that is dying does not count",
    ...{ provider: stripe, file: "services/rotation/strays.ts" },
    right: 'if (state === "active") return true;\n',
    wrong: 'if (state) return state === "active";\n',
    by: "die",
    at: /PutSecretValue/,
  },
  {
    name: "a lost mint is sent again",
    ...{ provider: token, file: "services/rotation/patience.ts" },
    right: "make: (request) => connection.make(request),",
    wrong: "make: again((request) => connection.make(request)),",
    by: "lose",
    at: /access_tokens/,
  },
  {
    name: "a key is ended whose Put has no known outcome",
    ...{ provider: token, file: "services/rotation/mint.ts" },
    right: "await (certain ? orEnd(rotation, minted, put, isRefusal) : put());",
    wrong: "await orEnd(rotation, minted, put);",
    by: "lose",
    at: /PutSecretValue/,
  },
  {
    name: "the labels are not looked at before the Put",
    ...{ provider: token, file: "services/rotation/mint.ts" },
    right: 'if (stands !== "pending") throw notStaged',
    wrong: 'if (stands === "previous") throw notStaged',
    by: "plain write",
    at: /DescribeSecret/,
  },
  {
    name: "nobody looks whether another run has stored a key",
    ...{ provider: token, file: create },
    right: "if (!listed && (await rotation.readAgain(rotation.token))) return;",
    wrong: "",
    by: "second runner",
    at: /DELETE/,
  },
  {
    name: "what is staged is done, whatever became of it",
    ...{ provider: token, file: create },
    right: "if (staged) return keepOrAbort(rotation, view, staged);",
    wrong: "if (staged) return;",
    by: "new key ended",
    at: /customers|repositories/,
  },
  {
    name: "AWSCURRENT moves from wherever it is",
    ...{ provider: token, file: finish },
    right: 'const from = replaces ?? holder(view, "AWSCURRENT");',
    wrong: 'const from = holder(await rotation.look(), "AWSCURRENT");',
    by: "plain write",
    at: /UpdateSecretVersionStage|DescribeSecret/,
  },
  {
    name: "marks are not read again after the flip",
    ...{ provider: stripe, file: finish },
    right: "  await endMarked(rotation, after, old);\n}",
    wrong: "  await endMarked(rotation, view, old);\n}",
    by: "leak current",
    at: /UpdateSecretVersionStage/,
  },
  {
    name: "the new key is not asked about before it is promoted",
    ...{ provider: stripe, file: finish },
    right: "if (!(await rotation.alive(staged))) throw rejected(rotation);",
    wrong: "",
    by: "new key ended",
    at: /./,
  },
  {
    name: "the end of the old key is arranged after AWSCURRENT has moved",
    ...{ provider: token, file: finish },
    right: `  const arranged = await arrange(rotation, old);
  if (!(await rotation.alive(staged))) throw rejected(rotation);
  await mustBeOurs(rotation, staged);
  await promote(rotation, staged.record.replaces);
`,
    wrong: `  if (!(await rotation.alive(staged))) throw rejected(rotation);
  await mustBeOurs(rotation, staged);
  await promote(rotation, staged.record.replaces);
  const arranged = await arrange(rotation, old);
`,
  },
  {
    name: "a leaked key is ended before it is marked",
    ...{ provider: token, file: contain, leak: "previous" },
    right: "      const view = await marked(rotation, report);\n",
    wrong: "      const view = await (its.ended.size > 0 ? marked(rotation, report) : rotation.look());\n",
  },
  {
    name: "a leaked key that is staged is ended, and its rotation is not",
    ...{ provider: token, file: judge, leak: "pending" },
    right: 'if (key.held === "pending") return { do: "abort" };',
    wrong: 'if (key.held === "pending") return { do: "retire" };',
  },
  {
    name: "nobody looks after a containment that has died",
    ...{ provider: token, file: "services/rotation/leak/watch.ts", leak: "previous" },
    right: `      await unlessItFails(async () => {
        await put(`,
    wrong: `      await unlessItFails(async () => {
        if (stands || target) return;
        await put(`,
    by: "die",
    at: /DELETE/,
  },
  {
    name: "the watch ends before the labels are taken off",
    ...{ provider: token, file: "services/rotation/leak/close.ts", leak: "previous" },
    right: `    await tidy(its, view, judged);
    await watch?.end(request, report);
`,
    wrong: `    await watch?.end(request, report);
    await tidy(its, view, judged);
`,
    by: "die",
    at: /UpdateSecretVersionStage/,
  },
];
