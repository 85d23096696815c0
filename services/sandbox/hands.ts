/** The sandbox's reading of the time: stopped, it stands where it was put; running, it follows real time from there. */
export interface Hands {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds; never goes back, `put` included. */
  monotonic(): number;
  /** Forward to `time`; nothing happens when that is past. */
  forward(time: number): void;
  /** To any time, back too. */
  put(time: number): void;
  stop(): void;
  run(): void;
}

export function createHands(start: number): Hands {
  let running = false;
  // Running, both are what is added to the real clocks; stopped, they are the readings themselves.
  let wall = start;
  let mono = 0;
  const now = () => (running ? Date.now() + wall : wall);
  const monotonic = () => (running ? performance.now() + mono : mono);
  return {
    now,
    monotonic,
    forward(time) {
      const by = Math.max(0, time - now());
      wall += by;
      mono += by;
    },
    put(time) {
      wall += time - now();
    },
    stop() {
      [wall, mono] = [now(), monotonic()];
      running = false;
    },
    run() {
      if (running) return;
      wall -= Date.now();
      mono -= performance.now();
      running = true;
    },
  };
}
