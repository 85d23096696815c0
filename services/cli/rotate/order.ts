import type { Reporting } from "./containment.js";
import type { Selection } from "./targets.js";

/** What a command line of `rotate-secret` asks for. */
export type RotateOrder = {
  /** The file that declares the secrets. */
  readonly config: string;
  readonly json: boolean;
} & (
  | {
      readonly kind: "ordinary";
      readonly secret: string;
      readonly now: boolean;
      /** 0: it is not followed. */
      readonly followSeconds: number;
    }
  | ({ readonly kind: "leaked"; readonly secret: string } & LeakOrder)
  | ({
      readonly kind: "many";
      readonly selection: Selection;
      /** The selection as it was typed. */
      readonly typed: string;
      readonly dryRun: boolean;
    } & LeakOrder)
  | ({
      readonly kind: "value";
      /** Where GitHub's public call is made for what is no secret's; undefined: it is not made. */
      readonly revokeAt: string | undefined;
    } & LeakOrder)
);

export interface LeakOrder {
  readonly reporting: Reporting;
  /** How long it is followed after its first run. 0: not at all. Seconds. */
  readonly followSeconds: number;
  /** What is asked was answered on the command line. */
  readonly yes: boolean;
  readonly concurrency: number;
}

export type OrderOf<Kind extends RotateOrder["kind"]> = Extract<RotateOrder, { kind: Kind }>;

/** How a command ended. */
export interface Ended {
  readonly code: number;
  /** For standard output, without its last line's end. */
  readonly text: string;
}

/** Who is asked, and what is read. */
export interface Terminal {
  /** Undefined where nobody is there to ask. */
  ask(question: string): Promise<string | undefined>;
  /** All of standard input, up to so many bytes and a little. */
  readInput(most: number): Promise<Uint8Array>;
}
