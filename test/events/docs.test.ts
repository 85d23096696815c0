import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { eventSchemas } from "../../services/events/event.js";
import { metricOf } from "../../services/metrics.js";

const page = await readFile(new URL("../../docs/events.md", import.meta.url), "utf8");
const shape = z.object({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()) });
const schemas = Object.fromEntries(
  Object.entries(eventSchemas).map(([name, schema]) => [name, z.toJSONSchema(schema)]),
);

/** What a consumer need not know: that nothing else is sent, and how exactly a time is recognised. */
const left = new Set(["additionalProperties", "propertyNames", "pattern", "$defs"]);

/** As the formatter prints it: a list of names stands in one line if that has room for it. */
function printed(value: unknown): string {
  const text = JSON.stringify(value, (key, inner) => (left.has(key) ? undefined : inner), 2);
  return text.replaceAll(/^.*\[\n[^\][{}]*\]/gm, (list) => {
    const line = list.replaceAll(/\n\s*/g, " ").replace("[ ", "[").replace(" ]", "]");
    return line.length < 110 ? line : list;
  });
}

test("docs/events.schema.json holds what the code sends (npx vitest -u writes it anew)", async () => {
  const text = printed(schemas);
  expect(text).not.toContain("$ref");
  await expect(`${text}\n`).toMatchFileSnapshot("../../docs/events.schema.json");
});

/** The part of a page below a heading, up to the next of its rank or a higher one. */
function below(heading: string): string {
  const rank = heading.indexOf(" ");
  const [, after = ""] = page.split(`\n${heading}\n`);
  return after.split(new RegExp(`^#{1,${rank}} `, "m"))[0] ?? "";
}
const jsonOf = (text: string): unknown => JSON.parse(/```json\n([\s\S]*?)```/.exec(text)?.[1] ?? "");
/** Names in the first cells of a table: `?` is said of those that may be absent. */
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(.+?)`/g)].map(([, name = ""]) => name),
  );

const arrived = z
  .looseObject({ "detail-type": z.literal("Rotation Succeeded"), detail: z.looseObject({ v: z.literal(1) }) })
  .parse(jsonOf(below("## What arrives")));
const common = ["v", "environment", "secret", "arn", "provider", "at"];
const about = Object.fromEntries(common.map((name) => [name, arrived.detail[name]]));

test("docs/events.md shows every event, no other, in their order", () => {
  const shown = [...below("## The events").matchAll(/^### (.+)$/gm)].map(([, name]) => name);
  expect(shown).toEqual(Object.keys(eventSchemas));
  expect(rowsOf(below("## What arrives"))).toEqual(common);
  expect(eventSchemas["Rotation Succeeded"].safeParse(arrived.detail).error).toBeUndefined();
});

describe.each(Object.entries(eventSchemas))("%s", (name, schema) => {
  const section = below(`### ${name}`);
  test("names its fields, and shows an example that its schema takes", () => {
    const { properties, required } = shape.parse(schemas[name]);
    const own = Object.keys(properties).filter((field) => !common.includes(field));
    expect(rowsOf(section)).toEqual(own.map((field) => (required.includes(field) ? field : `${field}?`)));
    const example = z.looseObject({}).parse(jsonOf(section));
    expect(schema.safeParse({ ...about, ...example }).error).toBeUndefined();
  });
});

test("the rules that it subscribes with name events that there are", () => {
  const text = below("## Subscribe");
  const pattern = z
    .strictObject({ source: z.tuple([z.literal("keyturn")]), "detail-type": z.array(z.string()) })
    .parse(JSON.parse(/--event-pattern '([\s\S]*?)'/.exec(text)?.[1] ?? ""));
  const inCdk: unknown = JSON.parse(/detailType: (\[.*?\])/.exec(text)?.[1] ?? "");
  const alarms = Object.keys(eventSchemas).filter((name) => below(`### ${name}`).includes("**Alarm.**"));
  expect(pattern["detail-type"]).toEqual(alarms);
  expect(Object.keys(eventSchemas)).toEqual(expect.arrayContaining(z.array(z.string()).parse(inCdk)));
});

test("it names every metric and what it counts", () => {
  const rows = [...below("## Metrics").matchAll(/^\| `(\w+)` \| (.*?) \| (Count|Seconds) \|/gm)];
  const counted = Object.entries(metricOf).flatMap(([event, metric]) => (metric ? [[metric, event]] : []));
  const told = rows.map(([, metric, what]) => [metric, what]);
  expect(told.slice(0, -2)).toEqual(counted);
  expect(told.slice(-2).map(([metric]) => metric)).toEqual(["EventsLost", "RotationSeconds"]);
});
