import type { FakeResponse } from "../../providers/kit/fake.js";
import { loopbackOnly } from "../sandbox/guard.js";
import { serve } from "../sandbox/server.js";
import { Wire } from "./wire.js";

/** A host that no declaration names. */
export interface Trap {
  readonly url: string;
  /** How many requests came all the same. */
  readonly caught: number;
  close(): Promise<void>;
}

export async function openTrap(): Promise<Trap> {
  const wire = new Wire();
  const none = () => undefined;
  const now = () => new Date();
  const handle = (): FakeResponse => ({ status: 200, body: {} });
  const options = { name: "trap", port: 0, faults: wire, record: none, guard: loopbackOnly, now };
  const { port, close } = await serve({ handle }, options);
  return {
    // Told from the vendor's own address by its first characters.
    url: `http://localhost:${port}`,
    close,
    get caught() {
      return wire.seen.length;
    },
  };
}

const leading = /next|more|url|href|link|location/i;

/** The same answer with everything that leads on leading to `url`: headers, absolute URLs, and members named like links. */
export function ledAstray(answer: FakeResponse, url: string): FakeResponse {
  const link = `<${url}/?page=2>; rel="next", <${url}/?page=2>; rel="last"`;
  const headers = { ...answer.headers, link, location: `${url}/`, "content-location": `${url}/` };
  return { ...answer, headers, ...(answer.body === undefined ? {} : { body: astray("", answer.body, url) }) };
}

function astray(name: string, value: unknown, url: string): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => astray(name, one, url));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, astray(key, one, url)]));
  }
  const leads = leading.test(name) && (value === null || typeof value === "string");
  return leads || (typeof value === "string" && /^https?:\/\//.test(value)) ? `${url}/` : value;
}
