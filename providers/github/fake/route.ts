import type { FakeRequest, FakeResponse } from "../../kit/fake.js";
import type { Caller, Credential } from "./caller.js";
import type { Allowance } from "./limits.js";
import type { State } from "./state.js";

/** One request, as a route sees it. */
export interface Asked {
  readonly github: State;
  readonly request: FakeRequest;
  readonly caller: Caller;
  readonly allowance: Allowance;
  /** A part of the path, by its name in the template. */
  readonly part: (name: string) => string;
}

export type Answer = (asked: Asked) => FakeResponse;

export interface Route {
  readonly template: string;
  readonly by: Credential;
  /** HEAD is GET, and the server leaves the body out. Every other method is a 404. */
  readonly methods: Readonly<Partial<Record<"GET" | "POST" | "PUT" | "DELETE", Answer>>>;
}

/** The route of a request's path, its answer to the method, and the parts of the path that the template names. */
export function find(routes: readonly Route[], { method, path }: FakeRequest) {
  const parts = path.split("/");
  const known = new Map(routes.map((route) => [route, route.template.split("/")]));
  for (const [route, wanted] of known) {
    if (wanted.length === parts.length && wanted.every((part, index) => fits(part, parts[index] ?? ""))) {
      const named = new Map(wanted.map((part, index) => [part, parts[index] ?? ""]));
      const answer = new Map(Object.entries(route.methods)).get(method === "HEAD" ? "GET" : method);
      return { route, answer, part: (name: string) => named.get(`{${name}}`) ?? "" };
    }
  }
  return { route: undefined, answer: undefined, part: () => "" };
}

/** What stands for a part has the form of names and numbers. */
function fits(wanted: string, part: string): boolean {
  return wanted.startsWith("{") ? /^[\w.-]{1,100}$/.test(part) : wanted === part;
}
