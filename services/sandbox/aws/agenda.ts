import type { Timeline } from "../parts.js";

/** Things to do later that can all be forgotten at once. */
export interface Agenda {
  /** Runs `task` at `due`. Returns what cancels it. */
  at(due: Date, task: () => void): () => void;
  /** Runs `task` this much later. */
  after(seconds: number, task: () => void): () => void;
  /** Cancels all that is still to come. */
  drop(): void;
}

export function createAgenda(timeline: Timeline): Agenda {
  const cancels = new Set<() => void>();
  const at = (due: Date, task: () => void) => {
    const cancelTask = timeline.at(due, () => {
      cancels.delete(cancel);
      task();
    });
    const cancel = () => {
      cancels.delete(cancel);
      cancelTask();
    };
    cancels.add(cancel);
    return cancel;
  };
  return {
    at,
    after: (seconds, task) => at(new Date(timeline.now().getTime() + seconds * 1000), task),
    drop: () => {
      for (const cancel of cancels) cancel();
    },
  };
}
