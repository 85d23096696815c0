import { LogFormatter, Logger, LogItem } from "@aws-lambda-powertools/logger";
import type { LogAttributes, UnformattedAttributes } from "@aws-lambda-powertools/logger/types";
import type { Clock } from "./clock.js";

/** What a log line may hold: text, numbers, flags. A Secret does not fit, by type. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one JSON line an event. Every line carries the fields it was made with. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/**
 * Lines of Powertools' Logger, whose level it obeys (`POWERTOOLS_LOG_LEVEL`, Lambda's own): `level`, `event`, the fields, and
 * on Lambda X-Ray's trace id. Fields of empty text are left out. What it returns makes a log whose lines all have the same fields.
 * @param clock gives lines a `timestamp`; without, they have none
 * @see https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/
 */
export function createLogs(
  write: (line: string) => void,
  clock?: Pick<Clock, "now">,
): (always: LogFields) => Log {
  const at = () => clock && { timestamp: clock.now().toISOString() };

  class Formatter extends LogFormatter {
    override formatAttributes(
      { logLevel, message, xRayTraceId }: UnformattedAttributes,
      { fields }: LogAttributes,
    ): LogItem {
      const told = typeof fields === "object" ? fields : {};
      const attributes = { level: logLevel.toLowerCase(), ...at(), event: message, ...told };
      return new LogItem({ attributes: { ...attributes, xray_trace_id: xRayTraceId } });
    }
  }

  // A class of this call's own: Logger may write while it is being made, before fields of a class are there.
  class Lines extends Logger {
    protected override printLog(_level: number, item: LogItem): void {
      item.prepareForPrint();
      write(JSON.stringify(item.getAttributes()));
    }
  }

  const logger = new Lines({ serviceName: "keyturn", sampleRateValue: 0, logFormatter: new Formatter() });
  // Under one name: Logger keeps `message`, `level` and others to itself.
  return (always) => ({
    info: (event, fields) => logger.info(event, { fields: { ...always, ...fields } }),
    error: (event, fields) => logger.error(event, { fields: { ...always, ...fields } }),
  });
}
