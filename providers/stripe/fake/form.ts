/** A value of a form: a text, or what its name holds in brackets. */
export type FormValue = string | FormFields;
export interface FormFields {
  readonly [name: string]: FormValue;
}

type Branch = Map<string, string | Branch>;

/**
 * Reads a body as v1 takes it: `a=1`, `a[b][c]=1`, `a[0]=1` and `a[]=1` (numbered in order). A list is an object with
 * numbers as names. Undefined when a name is malformed or stands for a text and an object at once.
 */
export function formOf(body: string): FormFields | undefined {
  const root: Branch = new Map();
  for (const [name, value] of new URLSearchParams(body)) {
    const path = pathOf(name);
    if (!path || !put(root, path, value)) return undefined;
  }
  return fieldsOf(root);
}

/** `a[b][]` is ["a", "b", ""]. */
function pathOf(name: string): string[] | undefined {
  const [, head, rest = ""] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  if (head === undefined) return undefined;
  return [head, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, part = ""]) => part)];
}

/** False when the path leads through a text, or ends at an object or at a text that is there already. */
function put(node: Branch, [head = "", ...rest]: readonly string[], value: string): boolean {
  const name = head === "" ? String(node.size) : head;
  const there = node.get(name);
  if (rest.length === 0) {
    if (there !== undefined) return false;
    node.set(name, value);
    return true;
  }
  if (typeof there === "string") return false;
  const inner: Branch = there ?? new Map();
  node.set(name, inner);
  return put(inner, rest, value);
}

function fieldsOf(node: Branch): FormFields {
  return Object.fromEntries(
    [...node].map(([name, value]) => [name, typeof value === "string" ? value : fieldsOf(value)]),
  );
}
