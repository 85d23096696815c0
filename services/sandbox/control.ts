import * as z from "zod/mini";
import type { FakeRequest, FakeResponse, VendorKey } from "../../providers/kit/fake.js";
import { parseDuration } from "../duration.js";
import type { Faults } from "./faults.js";
import type { Journal } from "./journal.js";
import type { Service } from "./parts.js";
import type { MovableTimeline } from "./timeline.js";

export interface ControlOptions {
  readonly timeline: MovableTimeline;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly keys: () => readonly VendorKey[];
  readonly reset: () => void;
  /** What `POST /settings` may name. */
  readonly services: Readonly<Record<string, { set(name: string, value: unknown): void }>>;
}

type Route = (body: unknown, query: URLSearchParams) => unknown;

const empty = z.strictObject({});
const clock = z.union([z.strictObject({ advance: z.string() }), z.strictObject({ moving: z.boolean() })]);
const clearing = z.strictObject({ clear: z.literal(true) });
const setting = z.strictObject({ service: z.string(), name: z.string(), value: z.json() });

/**
 * The control port: moves time, scripts faults, shows the truth. Bodies and answers are JSON; POST is taken with
 * `content-type: application/json` only, which no web page can send across origins without being asked first.
 * Answers 400 (`body_invalid`), 404 (`route_unknown`), 405 (`method_refused`), 415 (`content_type_refused`).
 */
export function createControl(options: ControlOptions): Service {
  const { timeline, journal, faults, keys, reset, services } = options;

  const routes: Readonly<Record<string, Route>> = {
    "POST /reset": (body) => {
      parse(empty, body, "{}");
      reset();
      return {};
    },
    "GET /clock": () => ({ now: timeline.now(), moving: timeline.moving }),
    "POST /clock": async (body) => {
      const wish = parse(clock, body, '{"advance":"1h30m"} or {"moving":true}, {"moving":false}');
      if ("advance" in wish) {
        const seconds = parseDuration(wish.advance);
        if (seconds === undefined || seconds > longestAdvanceSeconds) {
          throw Invalid.expected(
            `{"advance"} to be a duration such as 90s, 45m, 1h30m or 1d, ten years at most`,
          );
        }
        return timeline.advance(seconds * 1000);
      }
      timeline.setMoving(wish.moving);
      return { now: timeline.now(), moving: timeline.moving };
    },
    "POST /faults": (body) => {
      if (clearing.safeParse(body).success) faults.clear();
      else attempt(() => faults.add(body));
      return {};
    },
    "POST /settings": (body) => {
      const names = Object.keys(services);
      const shape = `{"service","name","value"} with service one of ${names.join(", ")}`;
      const { service, name, value } = parse(setting, body, shape);
      const target = names.includes(service) ? services[service] : undefined;
      if (!target) throw Invalid.expected(shape);
      attempt(() => target.set(name, value));
      return {};
    },
    "GET /keys": () => ({ keys: keys() }),
    "GET /journal": (_body, query) => {
      const since = query.get("since") ?? "0";
      if (!/^\d{1,15}$/.test(since)) throw Invalid.expected("?since= to be a whole number, 0 or more");
      return { entries: journal.since(Number(since)), next: journal.last };
    },
    "POST /idle": async (body) => {
      parse(empty, body, "{}");
      await timeline.idle();
      return {};
    },
  };

  return { handle: (request) => answer(routes, request) };
}

const longestAdvanceSeconds = 10 * 366 * 86_400;

async function answer(routes: Readonly<Record<string, Route>>, request: FakeRequest): Promise<FakeResponse> {
  const name = `${request.method} ${request.path}`;
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  const known = Object.keys(routes);
  if (!route) {
    const there = known.filter((other) => other.endsWith(` ${request.path}`));
    return there.length > 0
      ? refusal(405, "method_refused", `expected ${there.join(" or ")}; found ${name}`)
      : refusal(404, "route_unknown", `expected one of ${known.join(", ")}; found ${name}`);
  }
  let body: unknown;
  if (request.method === "POST") {
    const type = request.headers["content-type"] ?? "none";
    if (!/^application\/json *(;|$)/i.test(type)) {
      return refusal(415, "content_type_refused", `expected content-type: application/json; found ${type}`);
    }
    try {
      body = JSON.parse(request.body);
    } catch {
      return refusal(400, "body_invalid", "expected a body that is JSON, {} where nothing is to be said");
    }
  }
  try {
    return { status: 200, body: await route(body, request.query) };
  } catch (error) {
    if (error instanceof Invalid) return refusal(400, "body_invalid", error.message);
    throw error;
  }
}

/** What the caller sent is wrong. Says what was expected, not what came: that may hold anything. */
class Invalid extends Error {
  static expected(what: string): Invalid {
    return new Invalid(`expected ${what}`);
  }
}

function refusal(status: number, error: string, message: string): FakeResponse {
  return { status, body: { error, message } };
}

function parse<Schema extends z.core.$ZodType>(
  schema: Schema,
  body: unknown,
  expected: string,
): z.output<Schema> {
  const result = z.safeParse(schema, body);
  if (!result.success) throw Invalid.expected(expected);
  return result.data;
}

/** RangeError is how vendors, Secrets Manager and faults say that a wish is wrong. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    throw error instanceof RangeError ? new Invalid(error.message) : error;
  }
}
