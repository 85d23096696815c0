import { AwsError } from "../errors.js";

/** Whether a log event's message matches. */
export type Matcher = (message: string) => boolean;

type Test = (value: unknown) => boolean;

/**
 * A filter pattern of CloudWatch Logs: words (`"…"`, `-not`, `?any`), or JSON in braces with `=`, `!=`, `<`, `<=`, `>`, `>=`,
 * `IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`, `&&`, `||` and parentheses; `*` in a value stands for anything. Patterns in
 * brackets and regular expressions are refused.
 * @throws AwsError InvalidParameterException
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function filterPattern(pattern: string): Matcher {
  const text = pattern.trim();
  if (text === "") return () => true;
  if (text.startsWith("[") || text.includes("%")) throw invalid();
  if (!text.startsWith("{")) return words(text);
  if (!text.endsWith("}")) throw invalid();
  const test = new Parser(text.slice(1, -1)).whole();
  return (message) => {
    const value = jsonIn(message);
    return value !== undefined && test(value);
  };
}

const invalid = () => new AwsError("InvalidParameterException", "Invalid filter pattern");

function words(text: string): Matcher {
  const terms = text.match(/[-?]?(?:"[^"]*"|[^\s"]+)/g) ?? [];
  const bare = (term: string) => term.replace(/^[-?]/, "").replaceAll('"', "");
  const some = terms.filter((term) => term.startsWith("?")).map(bare);
  const none = terms.filter((term) => term.startsWith("-")).map(bare);
  const all = terms.filter((term) => !/^[-?]/.test(term)).map(bare);
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (some.length === 0 || some.some((term) => message.includes(term)));
}

function jsonIn(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

const token =
  /\s*(?:(&&|\|\||[()]|!=|<=|>=|[=<>])|(\$(?:\.[\w-]+|\.?\[(?:\d+|"[^"]*"|'[^']*')\])+)|"((?:[^"\\]|\\.)*)"|([^\s()&|=<>!"]+))/y;

interface Token {
  readonly kind: "sign" | "selector" | "quoted" | "word";
  readonly text: string;
}

class Parser {
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string) {
    token.lastIndex = 0;
    while (token.lastIndex < text.trimEnd().length) {
      const [found, sign, selector, quoted, word] = token.exec(text) ?? [];
      if (found === undefined) throw invalid();
      if (sign !== undefined) this.#tokens.push({ kind: "sign", text: sign });
      else if (selector !== undefined) this.#tokens.push({ kind: "selector", text: selector });
      else if (quoted !== undefined)
        this.#tokens.push({ kind: "quoted", text: quoted.replaceAll(/\\(.)/g, "$1") });
      else this.#tokens.push({ kind: "word", text: word ?? "" });
    }
  }

  whole(): Test {
    const test = this.#either();
    if (this.#at < this.#tokens.length) throw invalid();
    return test;
  }

  #either(): Test {
    const tests = [this.#both()];
    while (this.#take("||")) tests.push(this.#both());
    return (value) => tests.some((test) => test(value));
  }

  #both(): Test {
    const tests = [this.#one()];
    while (this.#take("&&")) tests.push(this.#one());
    return (value) => tests.every((test) => test(value));
  }

  #one(): Test {
    if (this.#take("(")) {
      const test = this.#either();
      if (!this.#take(")")) throw invalid();
      return test;
    }
    const selector = this.#next();
    if (selector.kind !== "selector") throw invalid();
    const path = pathOf(selector.text);
    const test = this.#condition();
    return (value) => test(at(value, path));
  }

  #condition(): Test {
    const { kind, text } = this.#next();
    if (kind === "word" && text === "IS") return isOne(this.#next().text);
    if (kind === "word" && text === "NOT" && this.#next().text === "EXISTS")
      return (value) => value === undefined;
    const value = this.#next();
    if (kind !== "sign" || (value.kind !== "quoted" && value.kind !== "word")) throw invalid();
    return comparison(text, value);
  }

  #take(text: string): boolean {
    const next = this.#tokens[this.#at];
    const there = next?.kind === "sign" && next.text === text;
    if (there) this.#at++;
    return there;
  }

  #next(): Token {
    const next = this.#tokens[this.#at++];
    if (!next) throw invalid();
    return next;
  }
}

function isOne(word: string): Test {
  const wanted = new Map<string, unknown>([
    ["NULL", null],
    ["TRUE", true],
    ["FALSE", false],
  ]);
  if (!wanted.has(word)) throw invalid();
  return (value) => value === wanted.get(word);
}

/** What is not there, or is no plain value, matches neither `=` nor `!=`. */
function comparison(sign: string, { kind, text }: Token): Test {
  const plain = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);
  const pattern = new RegExp(`^${text.split("*").map(escaped).join(".*")}$`, "s");
  const number = kind === "word" && text !== "" ? Number(text) : Number.NaN;
  const same = (value: unknown) =>
    typeof value === "number" && !Number.isNaN(number) ? value === number : pattern.test(String(value));
  if (sign === "=") return (value) => plain(value) && same(value);
  if (sign === "!=") return (value) => plain(value) && !same(value);
  if (Number.isNaN(number)) throw invalid();
  const compare = new Map<string, (value: number) => boolean>([
    ["<", (value) => value < number],
    ["<=", (value) => value <= number],
    [">", (value) => value > number],
    [">=", (value) => value >= number],
  ]).get(sign);
  if (!compare) throw invalid();
  return (value) => typeof value === "number" && compare(value);
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

function pathOf(selector: string): readonly string[] {
  const parts = selector.slice(1).matchAll(/\.([\w-]+)|\.?\[(?:(\d+)|"([^"]*)"|'([^']*)')\]/g);
  return [...parts].map(([, name, index, quoted, single]) => name ?? index ?? quoted ?? single ?? "");
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
    found = Reflect.get(found, part);
  }
  return found;
}
