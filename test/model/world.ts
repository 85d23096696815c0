import type { Proposal, Rule, Rules } from "./rules.js";
import { clone, type Fault, faults, type Kind, type State, type VendorKey, type Version } from "./state.js";

/** What one run of the model is about. */
export interface Setting {
  readonly kind: Kind;
  readonly rules: Rules;
  readonly proposals: Readonly<Record<Proposal, boolean>>;
  /** The end of the overlap is a job's work; else the next rotation's. */
  readonly jobs: boolean;
  /** AWS lets a version without labels be read. */
  readonly readable: boolean;
}

/**
 * One atomic action as it happens: the state that it changes, what it decides by chance, what is said of it.
 * An action that asks `either` is run once for every answer.
 */
export class World {
  readonly notes: string[] = [];
  /** What a rule of the game forbids and this action did. */
  readonly breaches: string[] = [];
  readonly #script: readonly number[];
  readonly asked: { answer: number; options: number }[] = [];

  constructor(
    readonly setting: Setting,
    readonly state: State,
    script: readonly number[] | "favourable",
  ) {
    this.#script = script === "favourable" ? [] : script;
    this.#favourable = script === "favourable";
  }
  readonly #favourable: boolean;
  #ownKeys = 0;
  #ownVersions = 0;

  on(rule: Rule): boolean {
    return this.setting.rules[rule];
  }

  /** The number of the option that happens. The last one is the one that lets a recovery go on. */
  either(...options: readonly string[]): number {
    const answer = this.#favourable ? options.length - 1 : (this.#script[this.asked.length] ?? 0);
    this.asked.push({ answer, options: options.length });
    this.notes.push(options[answer] ?? "");
    return answer;
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** Whether a fault strikes here, if one is left. */
  strikes(fault: Fault, what: string): boolean {
    const index = faults.indexOf(fault);
    const left = this.state.budget[index] ?? 0;
    if (left === 0 || this.either(what, "") === 1) return false;
    this.state.budget[index] = left - 1;
    return true;
  }

  /** A key, to read or to change: from the first call on this state has its own. */
  key(id: number): VendorKey {
    const found = this.state.keys[id - 1];
    if (!found) throw new Error(`no key ${id}`);
    if ((this.#ownKeys & (1 << id)) !== 0) return found;
    this.#ownKeys |= 1 << id;
    const own = { ...found };
    this.state.keys[id - 1] = own;
    return own;
  }

  /** A version, in the same way. */
  version(id: number): Version {
    const found = this.state.versions[id - 1];
    if (!found) throw new Error(`no version ${id}`);
    if ((this.#ownVersions & (1 << id)) !== 0) return found;
    this.#ownVersions |= 1 << id;
    const own = { ...found };
    this.state.versions[id - 1] = own;
    return own;
  }
}

/** Runs an action once for every way its choices can go. */
export function eachOutcome(
  setting: Setting,
  from: State,
  act: (world: World) => boolean,
  visit: (world: World, happened: boolean) => void,
): void {
  let script: number[] | undefined = [];
  while (script) {
    const world: World = new World(setting, clone(from), script);
    visit(world, act(world));
    script = nextScript(world.asked);
  }
}

/** The next line-up of answers, counted like the digits of a number. */
function nextScript(asked: World["asked"]): number[] | undefined {
  for (let at = asked.length - 1; at >= 0; at--) {
    const one = asked[at];
    if (one && one.answer + 1 < one.options)
      return [...asked.slice(0, at).map(({ answer }) => answer), one.answer + 1];
  }
  return undefined;
}

export const v = (id: number) => (id === 0 ? "none" : `v${id - 1}`);
export const k = (id: number) => (id === 0 ? "no key" : `k${id - 1}`);
