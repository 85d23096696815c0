import * as z from "zod/mini";
import type { FakeRequest } from "../../providers/kit/fake.js";
import { problemsOf } from "../problems.js";

const status = z.int().check(z.gte(200), z.lte(599));
const count = z.int().check(z.gte(0));
const answer = {
  status,
  headers: z.optional(z.record(z.string().check(z.regex(/^[\w-]+$/)), z.string().check(z.regex(/^[ -~]*$/)))),
  body: z.optional(z.json()),
};

const kinds = {
  /** Answered without reaching the service. */
  status: z.strictObject({ kind: z.literal("status"), ...answer }),
  /** Reaches the service, then answers this: it was done, and the caller does not know. */
  "status-after": z.strictObject({ kind: z.literal("status-after"), ...answer }),
  /** The connection ends before the service sees anything. */
  refuse: z.strictObject({ kind: z.literal("refuse") }),
  /** The service does it, and the connection ends before the answer. */
  lose: z.strictObject({ kind: z.literal("lose") }),
  /** Never reaches the service and is never answered; the connection stays until the faults are cleared. */
  hang: z.strictObject({ kind: z.literal("hang") }),
  /** The service does it; status line, headers and half of the body come, then the connection ends. */
  "half-close": z.strictObject({ kind: z.literal("half-close") }),
  /** A page of HTML, as a proxy answers, without reaching the service. */
  html: z.strictObject({ kind: z.literal("html"), status }),
  /** Sent elsewhere, without reaching the service. 302 unless it says otherwise. */
  redirect: z.strictObject({
    kind: z.literal("redirect"),
    location: z.string().check(z.regex(/^[!-~]+$/)),
    status: z.optional(z.int().check(z.gte(300), z.lte(399))),
  }),
  /** Too many requests, in the service's own words, without reaching it. */
  throttle: z.strictObject({ kind: z.literal("throttle") }),
} as const;

const fault = z.discriminatedUnion("kind", [
  kinds.status,
  kinds["status-after"],
  kinds.refuse,
  kinds.lose,
  kinds.hang,
  kinds["half-close"],
  kinds.html,
  kinds.redirect,
  kinds.throttle,
]);

export const faultKinds: readonly string[] = Object.keys(kinds);

/** What can go wrong where nobody speaks HTTP; such a service has one operation, which need not be named. */
const kindsAt: Readonly<Record<string, readonly string[]>> = {
  ssh: ["refuse", "lose", "hang", "half-close"],
};

/** A request before its body has come. */
export type RequestHead = Omit<FakeRequest, "body">;

/** What goes wrong. */
export type Fault = z.infer<typeof fault>;

/** When something goes wrong. */
export interface ScriptedFault {
  readonly service: string;
  /**
   * AWS: the operation's name. Vendors: `METHOD /path`, compared segment by segment; `{any}` stands for one
   * segment, and `/*` at the end for everything below. Absent: every request. Never there for ssh.
   */
  readonly operation?: string | undefined;
  /** So many requests that match are let through first. Default 0. */
  readonly after?: number | undefined;
  /** So often it happens, then it is spent. Default 1. */
  readonly times?: number | "always" | undefined;
  readonly fault: Fault;
}

/** Faults to come, in the order they were added. */
export interface Faults {
  /** Adds one. @throws RangeError for anything that is no ScriptedFault, saying what is allowed. */
  add(fault: unknown): void;
  /** The fault that this request meets, if any; counts it. The first that applies is used, and no other sees the request. */
  meet(service: string, request: RequestHead): Fault | undefined;
  /** Keeps a connection until `clear`; `release` ends it. Returns what forgets it. */
  hold(release: () => void): () => void;
  /** Nothing goes wrong any more, and connections that hang are ended. */
  clear(): void;
}

export function createFaults(services: readonly string[]): Faults {
  const shape = z.strictObject({
    service: z.enum(services),
    operation: z.optional(z.string().check(z.regex(/^(\w+|[A-Z]+ \/\S*)$/))),
    after: z.optional(count),
    times: z.optional(z.union([z.int().check(z.gte(1)), z.literal("always")])),
    fault,
  });
  let scripted: { readonly script: ScriptedFault; toSkip: number; left: number }[] = [];
  const held = new Set<() => void>();

  return {
    add(candidate) {
      const result = shape.safeParse(candidate);
      if (!result.success) throw new RangeError(explain(problemsOf(result.error), services));
      const { service, operation } = result.data;
      const known = kindsAt[service];
      if (known && (operation !== undefined || !known.includes(result.data.fault.kind))) {
        const wish = operation === undefined ? `kind ${result.data.fault.kind}` : "an operation";
        throw new RangeError(explain(`${wish} for ${service}`, services));
      }
      const { after = 0, times = 1 } = result.data;
      const left = times === "always" ? Number.POSITIVE_INFINITY : times;
      scripted.push({ script: result.data, toSkip: after, left });
    },
    meet(service, request) {
      for (const entry of scripted) {
        if (entry.script.service !== service || !matches(entry.script.operation, request)) continue;
        if (entry.toSkip > 0) {
          entry.toSkip -= 1;
          continue;
        }
        entry.left -= 1;
        if (entry.left <= 0) scripted = scripted.filter((other) => other !== entry);
        return entry.script.fault;
      }
      return undefined;
    },
    hold(release) {
      held.add(release);
      return () => held.delete(release);
    },
    clear() {
      scripted = [];
      const releases = [...held];
      held.clear();
      for (const release of releases) release();
    },
  };
}

/** The AWS operation a request names, or "METHOD /path". */
export function operationOf({ method, path, headers }: RequestHead): string {
  const target = headers["x-amz-target"];
  return target === undefined ? `${method} ${path}` : target.slice(target.indexOf(".") + 1);
}

function matches(operation: string | undefined, request: RequestHead): boolean {
  if (operation === undefined) return true;
  const found = operationOf(request);
  if (!operation.includes(" ") || !found.includes(" ")) return operation === found;
  const wanted = operation.split("/");
  const parts = found.split("/");
  if (wanted.at(-1) === "*") {
    wanted.pop();
    if (parts.length <= wanted.length) return false;
  } else if (parts.length !== wanted.length) return false;
  return wanted.every(
    (want, index) => want === parts[index] || (/^\{.*\}$/.test(want) && parts[index] !== ""),
  );
}

function explain(wrong: string, services: readonly string[]): string {
  const limits = Object.entries(kindsAt).map(
    ([service, known]) => `${service} takes ${known.join(", ")} only`,
  );
  return (
    `expected {"service", "operation"?, "after"?, "times"?, "fault": {"kind", …}} with service one of ` +
    `${services.join(", ")}; kind one of ${faultKinds.join(", ")} (status, status-after and html need "status", ` +
    `redirect "location"; ${limits.join("; ")}, and no operation); times a whole number from 1 or "always"; found ${wrong}`
  );
}
