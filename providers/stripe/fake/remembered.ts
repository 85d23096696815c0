/** What was remembered under a name, for so long and no longer: the store behind idempotency keys. */
export class Remembered<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>();

  constructor(
    private readonly now: () => Date,
    private readonly seconds: number,
  ) {}

  get(name: string): Value | undefined {
    const entry = this.#entries.get(name);
    return entry && this.now().getTime() < entry.until ? entry.value : undefined;
  }

  set(name: string, value: Value): void {
    this.#entries.set(name, { value, until: this.now().getTime() + this.seconds * 1000 });
  }
}
