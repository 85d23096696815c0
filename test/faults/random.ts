import { deaths, events, type Happening, troubles } from "./happenings.js";
import { playAll, type Setting } from "./matrix.js";
import type { Planned } from "./play.js";

/** Numbers from 0 to 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  // Mulberry32, by Tommy Ettinger, in the public domain.
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const anything: readonly Happening[] = [
  ...troubles,
  ...troubles.map((trouble) => `${trouble} once` as const),
  ...deaths,
  // Owners do not end keys just before they are promoted: nobody could know (cases.ts).
  ...events.filter((event) => event !== "new key ended"),
];

/** Three to six things that go wrong anywhere in a rotation, its retries and its recovery. */
export function sequence(seed: number, requests: number): readonly Planned[] {
  const random = seeded(seed);
  const pick = (below: number) => Math.floor(random() * below);
  const length = 3 + pick(4);
  const plan = Array.from(
    { length },
    (): Planned => ({ at: 1 + pick(3 * requests), what: anything[pick(anything.length)] ?? "die" }),
  );
  return plan.sort((a, b) => a.at - b.at);
}

/** The shortest part of a sequence that still breaks something: one thing after the other is left out, and put earlier. */
export async function shrunk(setting: Setting, plan: readonly Planned[]): Promise<readonly Planned[]> {
  const breaks = async (candidate: readonly Planned[]) => {
    for await (const { played } of playAll(setting, [candidate])) return played.broken.length > 0;
    return false;
  };
  for (const [index, { at, what }] of plan.entries()) {
    const without = plan.filter((_, other) => other !== index);
    if (await breaks(without)) return shrunk(setting, without);
    const earlier = Math.floor(at / 2);
    const moved = plan.map((planned, other) => (other === index ? { at: earlier, what } : planned));
    if (earlier > 0 && (await breaks(moved))) return shrunk(setting, moved);
  }
  return plan;
}
