import { type Leak, report, untilContained } from "./containment.js";
import {
  begun,
  endOverlap,
  type Interleaving,
  type Open,
  openSteps,
  rollback,
  wayBack,
} from "./interleavings.js";
import type { Thread } from "./threads.js";

const current: Leak = { name: "current", stages: ["AWSCURRENT"] };
const previous: Leak = { name: "previous", stages: ["AWSPREVIOUS"] };
const pending: Leak = { name: "pending", stages: ["AWSPENDING"] };
const both: Leak = { name: "both", stages: ["AWSCURRENT", "AWSPREVIOUS"] };

/** What was reported in a world, for whoever calls again. */
const reported = new WeakMap<Open, { readonly thread: Thread; readonly job: unknown }>();

async function contains(open: Open, leak: Leak): Promise<Thread> {
  const job = await report(open, leak);
  const thread = open.threads.start("contain", [job]);
  reported.set(open, { thread, job });
  return thread;
}

/** Whoever reported calls again where the call failed; the watch and recovery do the rest. */
async function settle(open: Open) {
  const { thread, job } = reported.get(open) ?? {};
  const end = await thread?.finish();
  return untilContained(open, end === "done" ? undefined : job);
}

/** A containment is held while somebody else does all there is to do, and the other way round. */
export const leakInterleavings: readonly Interleaving[] = [
  ...[current, previous, both].flatMap((leak): Interleaving[] => [
    {
      ...{ name: `a containment of ${leak.name}, and a rotation`, settle },
      held: (open) => contains(open, leak),
      meanwhile: async (open) => {
        await open.player.rotate(0);
        return "done";
      },
    },
  ]),
  ...[current, pending, both].map(
    (leak): Interleaving => ({
      ...{ name: `a rotation, and a containment of ${leak.name}`, settle },
      held: async (open) => open.threads.start("first", await begun(open)),
      meanwhile: async (open) => (await contains(open, leak)).finish(),
    }),
  ),
  {
    ...{ name: "a containment of pending, and the rotation half way", settle },
    held: async (open) => {
      await open.threads.start("before", (await begun(open)).slice(0, 2)).finish();
      return contains(open, pending);
    },
    meanwhile: (open) => open.threads.start("first", openSteps(open)).finish(),
  },
  ...[current, previous].flatMap((leak): Interleaving[] => [
    {
      ...{ name: `a containment of ${leak.name}, and a rollback`, settle },
      held: async (open) => {
        await wayBack(open);
        return contains(open, leak);
      },
      meanwhile: (open) => open.threads.start("rollback", rollback(open)).finish(),
    },
    {
      ...{ name: `a rollback, and a containment of ${leak.name}`, settle },
      held: async (open) => open.threads.start("rollback", await wayBack(open)),
      meanwhile: async (open) => (await contains(open, leak)).finish(),
    },
  ]),
  {
    ...{ name: "a containment of previous, and the end of the overlap", settle },
    held: (open) => contains(open, previous),
    meanwhile: async (open) => open.threads.start("end", await endOverlap(open)).finish(),
  },
  {
    ...{ name: "the end of the overlap, and a containment of both", settle },
    held: async (open) => open.threads.start("end", await endOverlap(open)),
    meanwhile: async (open) => (await contains(open, both)).finish(),
  },
  {
    ...{ name: "two containments of both", settle },
    held: (open) => contains(open, both),
    meanwhile: async (open) => open.threads.start("second", [await report(open, both)]).finish(),
  },
];
