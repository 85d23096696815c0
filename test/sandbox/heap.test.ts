import { expect, test } from "vitest";
import { createHeap } from "../../services/sandbox/heap.js";

/** The same numbers each time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

test.each([1, 2, 3])("gives back what is in it in order, whatever was removed meanwhile (%i)", (seed) => {
  const heap = createHeap<number>((a, b) => a - b);
  const left = new Set<number>();
  const random = numbers(seed);
  for (let turn = 0; turn < 2000; turn++) {
    const number = random.next().value ?? 0;
    const known = [...left];
    const victim = known[number % Math.max(1, known.length)];
    if (number % 3 === 0 && victim !== undefined) {
      expect(heap.remove(victim)).toBe(left.delete(victim));
      expect(heap.remove(victim)).toBe(false);
    } else if (!left.has(number)) {
      heap.add(number);
      left.add(number);
    }
    expect(heap.first()).toBe(left.size === 0 ? undefined : Math.min(...left));
    expect(heap.size).toBe(left.size);
  }
  const drained: number[] = [];
  for (let first = heap.first(); first !== undefined; first = heap.first()) {
    heap.remove(first);
    drained.push(first);
  }
  expect(drained).toEqual([...left].sort((a, b) => a - b));
  heap.add(1);
  heap.clear();
  expect([heap.size, heap.first(), heap.remove(1)]).toEqual([0, undefined, false]);
});
