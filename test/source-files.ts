import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["providers", "services", "infra", "examples", "test"];

export interface Import {
  /** A package's or built-in module's specifier, or the imported file's path from the root. */
  readonly to: string;
  /** Of a package or of Node: no file of the project. */
  readonly external: boolean;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const statement =
  /^\s*(?:import|export)\s+(?<what>[^;"'()]*?)\s*from\s*["'](?<from>[^"']+)["']|^\s*import\s*["'](?<bare>[^"']+)["']|\bimport\(\s*["'](?<dynamic>[^"']+)["']\s*\)/gm;

/** Every import in a file's code. Reads statements, not strings: an import built at run time is not seen. */
export function importsOf(path: string, code: string): Import[] {
  return [...code.matchAll(statement)].map(({ groups }) => {
    const from = groups?.["from"] ?? groups?.["bare"] ?? groups?.["dynamic"] ?? "";
    const external = !from.startsWith(".");
    const to = external ? from : posix.join(posix.dirname(path), from).replace(/\.js$/, ".ts");
    return { to, external, typeOnly: isTypeOnly(groups?.["what"] ?? "") };
  });
}

function isTypeOnly(what: string): boolean {
  if (/^type\s/.test(what)) return true;
  const [, names] = /^\{([^}]*)\}$/.exec(what.trim()) ?? [];
  const each = (names ?? "").split(",").filter((name) => name.trim() !== "");
  return each.length > 0 && each.every((name) => /^\s*type\s/.test(name));
}

/** Block comments, and line comments that do not stand in a URL. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|[^:"'`\w])\/\/.*$/gm, "$1");
}

/** All source files of the project: .ts and .mjs. */
export function sourceFiles(): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => {
        const path = posix.join(folder, name.replaceAll("\\", "/"));
        const text = readFileSync(`${root}/${path}`, "utf8");
        const code = withoutComments(text);
        return { path, text, code, imports: importsOf(path, code) };
      }),
  );
}

/** `@scope/name` or `name`; undefined for the project's own files and for Node's modules. */
export function packageOf({ to, external }: Import): string | undefined {
  if (!external || to.startsWith("node:")) return undefined;
  return /^(?:@[^/]+\/)?[^/]+/.exec(to)?.[0];
}
