import * as z from "zod/mini";

/** Switches of a service: what is not known about AWS, or must be made to happen. */
export interface Board<Switches> {
  readonly now: Switches;
  /** Throws RangeError for an unknown name or a wrong value, naming the known ones with their defaults. */
  set(name: string, value: unknown): void;
  /** Back to the defaults. */
  reset(): void;
}

/** `service` as people call it. */
export function createBoard<Shape extends z.core.$ZodShape>(
  service: string,
  shape: Shape,
  defaults: z.output<z.ZodMiniObject<Shape, z.core.$strict>>,
): Board<z.output<z.ZodMiniObject<Shape, z.core.$strict>>> {
  const known = z.strictObject(shape);
  let now = defaults;
  return {
    get now() {
      return now;
    },
    set: (name, value) => {
      const result = known.safeParse({ ...now, [name]: value });
      if (!result.success) {
        const problem = result.error.issues.map((issue) => issue.message).join("; ");
        const names = Object.entries(defaults).map(([key, usual]) => `${key} (${String(usual)})`);
        throw new RangeError(
          `${service} has no switch "${name}" with this value: ${problem}. Known, with defaults: ${names.join(", ")}.`,
        );
      }
      now = result.data;
    },
    reset: () => {
      now = defaults;
    },
  };
}
