/** One log event. Times are milliseconds since the epoch. */
export interface LogEvent {
  readonly serial: number;
  readonly stream: string;
  readonly timestamp: number;
  readonly ingestedAt: number;
  readonly message: string;
}

const dayMs = 86_400_000;

/** A log group with its streams. */
export class LogGroup {
  readonly arn: string;
  readonly createdAt: Date;
  readonly streams = new Set<string>();
  /** Absent: for ever. */
  retentionInDays: number | undefined;
  /** By timestamp; those of one moment in the order they came. */
  readonly #events: LogEvent[] = [];

  constructor(arn: string, createdAt: Date) {
    this.arn = arn;
    this.createdAt = createdAt;
  }

  get name(): string {
    return this.arn.slice(this.arn.indexOf(":log-group:") + ":log-group:".length);
  }

  get storedBytes(): number {
    return this.#events.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
  }

  add(event: LogEvent): void {
    const { retentionInDays: days } = this;
    // Dropped in blocks, so that it costs little.
    if (days !== undefined && this.#events.length % 1000 === 999) {
      this.#events.splice(0, this.#from(event.ingestedAt - days * dayMs, 0));
    }
    let at = this.#events.length;
    for (
      let last = this.#events[at - 1];
      last && last.timestamp > event.timestamp;
      last = this.#events[at - 1]
    )
      at--;
    this.#events.splice(at, 0, event);
  }

  /** From `start` to `end`, both included, that had come by `ingestedBy`. */
  *between(start: number, end: number, ingestedBy: number, descending = false): Iterable<LogEvent> {
    const [first, past] = [this.#from(start, 0), this.#from(end + 1, 0)];
    for (let step = 0; step < past - first; step++) {
      const event = this.#events[descending ? past - 1 - step : first + step];
      if (event && event.ingestedAt <= ingestedBy) yield event;
    }
  }

  /** The index of the first event of this time or later. */
  #from(time: number, low: number): number {
    let [from, to] = [low, this.#events.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#events[middle]?.timestamp ?? 0) < time) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
