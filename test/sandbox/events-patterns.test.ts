import { describe, expect, test } from "vitest";
import { eventPattern } from "../../services/sandbox/aws/events/pattern.js";

const event = {
  source: "keyturn",
  "detail-type": "Rotation Failed",
  resources: ["arn:one", "arn:two"],
  detail: {
    secret: "app/github",
    step: "createSecret",
    retryable: true,
    tries: 3,
    empty: null,
    at: { place: "x" },
  },
  many: [
    { name: "a", size: 1 },
    { name: "b", size: 2 },
  ],
};

describe("an event matches", () => {
  test.each([
    [{ source: ["keyturn"] }, true],
    [{ source: ["other"] }, false],
    [{ source: ["other", "keyturn"] }, true],
    [{ source: ["keyturn"], "detail-type": ["Rotation Started"] }, false],
    [{ account: ["1"] }, false],
    [{ resources: ["arn:two"] }, true],
    [{ resources: ["arn:three"] }, false],
    [{ detail: { secret: ["app/github"], retryable: [true], tries: [3], empty: [null] } }, true],
    [{ detail: { tries: ["3"] } }, false],
    [{ detail: { at: { place: ["x"] } } }, true],
    [{ detail: { at: { place: ["y"] } } }, false],
    [{ detail: { nothing: { there: ["x"] } } }, false],
    [{ many: { name: ["b"], size: [2] } }, true],
    [{ many: { name: ["b"], size: [1] } }, false],
    [{ source: [{ prefix: "key" }] }, true],
    [{ source: [{ prefix: "turn" }] }, false],
    [{ source: [{ prefix: "" }] }, true],
    [{ source: [{ prefix: { "equals-ignore-case": "KEY" } }] }, true],
    [{ source: [{ suffix: "turn" }] }, true],
    [{ source: [{ suffix: "key" }] }, false],
    [{ source: [{ suffix: { "equals-ignore-case": "TURN" } }] }, true],
    [{ "detail-type": [{ "equals-ignore-case": "rotation failed" }] }, true],
    [{ "detail-type": [{ "equals-ignore-case": "rotation" }] }, false],
    [{ "detail-type": [{ wildcard: "Rotation *" }] }, true],
    [{ "detail-type": [{ wildcard: "* Started" }] }, false],
    [{ detail: { tries: [{ prefix: "3" }] } }, false],
    [{ source: [{ "anything-but": "other" }] }, true],
    [{ source: [{ "anything-but": ["other", "keyturn"] }] }, false],
    [{ source: [{ "anything-but": { prefix: "key" } }] }, false],
    [{ source: [{ "anything-but": { suffix: ["x", "key"] } }] }, true],
    [{ source: [{ "anything-but": { "equals-ignore-case": "KEYTURN" } }] }, false],
    [{ account: [{ "anything-but": "1" }] }, false],
    [{ detail: { step: [{ exists: true }] } }, true],
    [{ detail: { step: [{ exists: false }] } }, false],
    [{ detail: { nothing: [{ exists: false }] } }, true],
    [{ detail: { at: [{ exists: true }] } }, false],
    [{ detail: { tries: [{ numeric: [">", 2, "<=", 3] }] } }, true],
    [{ detail: { tries: [{ numeric: [">", 3] }] } }, false],
    [{ detail: { tries: [{ numeric: ["=", 3] }] } }, true],
    [{ detail: { tries: [{ numeric: ["<", 3] }] } }, false],
    [{ detail: { tries: [{ numeric: [">=", 4] }] } }, false],
    [{ detail: { step: [{ numeric: [">", 0] }] } }, false],
    [{ $or: [{ source: ["other"] }, { "detail-type": ["Rotation Failed"] }] }, true],
    [{ $or: [{ source: ["other"] }, { "detail-type": ["other"] }] }, false],
    [{ source: ["other"], $or: [{ source: ["keyturn"] }, { "detail-type": ["Rotation Failed"] }] }, false],
    [{ detail: { $or: [{ tries: [9] }, { step: ["createSecret"] }] } }, true],
  ])("%j: %s", (pattern, expected) => {
    expect(eventPattern(JSON.stringify(pattern))(event)).toBe(expected);
  });
});

test.each([
  ["{", "it is not JSON"],
  ["[]", "Filter is not an object"],
  ["{}", "Empty objects are not allowed"],
  ['{"source":"keyturn"}', '"source" must be an object or an array'],
  ['{"source":[]}', "Empty arrays are not allowed"],
  ['{"source":[["keyturn"]]}', "Match value must be String, number, true, false, or null"],
  ['{"source":[{"sounds-like":"x"}]}', "Unrecognized match type sounds-like"],
  ['{"source":[{}]}', " match pattern must be a string"],
  ['{"source":[{"prefix":"a","suffix":"b"}]}', "Only one key allowed in match expression"],
  ['{"source":[{"prefix":1}]}', "prefix match pattern must be a string"],
  ['{"source":[{"exists":"yes"}]}', "exists match pattern must be either true or false."],
  ['{"a":[{"numeric":[">"]}]}', "Value of numeric must be an array of comparisons"],
  ['{"a":[{"numeric":[">","1"]}]}', "Value of numeric must be followed by a number"],
  ['{"a":[{"numeric":["~",1]}]}', "Unrecognized numeric range operator"],
  ['{"a":[{"anything-but":[]}]}', "Inside anything-but list, values must be strings or numbers."],
  ['{"a":[{"anything-but":{}}]}', "Anything-But expression is empty"],
  ['{"$or":[{"a":["b"]}]}', "$or takes a list of at least two patterns"],
  ['{"$or":[{"a":["b"]},"c"]}', "$or takes patterns only"],
])("%s is refused: %s", (pattern, reason) => {
  expect(() => eventPattern(pattern)).toThrow(
    expect.objectContaining({
      code: "InvalidEventPatternException",
      message: `Event pattern is not valid. Reason: ${reason}`,
    }),
  );
});
