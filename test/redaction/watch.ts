type Given<Method> = Method extends (...given: infer Arguments) => unknown ? Arguments : never;

/** After each call of a method `see` is told arguments and result. */
export function watch<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  see: (given: Given<Owner[Name]>, result: unknown) => void,
): void {
  const method = owner[name];
  if (typeof method !== "function") throw new TypeError(`expected a method ${String(name)}`);
  owner[name] = new Proxy(method, {
    apply(target, self, given: Given<Owner[Name]>) {
      const result: unknown = Reflect.apply(target, self, given);
      see(given, result);
      return result;
    },
  });
}

/** One property of what a diagnostics channel tells. */
export function partOf(message: unknown, name: string): unknown {
  return typeof message === "object" && message !== null ? Reflect.get(message, name) : undefined;
}
