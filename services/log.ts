/** What a log line may hold: text, numbers, flags. A Secret does not fit, by type. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one JSON line an event. Every line carries the fields it was made with. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export function createLog(write: (line: string) => void, always: LogFields): Log {
  const line =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      write(JSON.stringify({ level, event, ...always, ...fields }));
  return { info: line("info"), error: line("error") };
}
