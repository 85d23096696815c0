import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { type Import, packageOf, root, type SourceFile, sourceFiles } from "./source-files.js";

const files = sourceFiles();
const shipped = files.filter(({ path }) => !path.startsWith("test/"));
const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");

/** "from → to" of every import below `folder` that `allowed` does not let through. */
function violations(folder: string, allowed: (one: Import, from: SourceFile) => boolean): string[] {
  const inside = files.filter(({ path }) => path.startsWith(folder));
  expect(inside.length, `files below ${folder}`).toBeGreaterThan(0);
  return inside.flatMap((file) =>
    file.imports.filter((one) => !allowed(one, file)).map(({ to }) => `${file.path} → ${to}`),
  );
}
const below = (...prefixes: string[]) => {
  return ({ to }: Import) => prefixes.some((prefix) => to.startsWith(prefix));
};
const outside = ({ external }: Import) => external;

describe("imports run one way", () => {
  test("the kit is a leaf: itself, node:, and types of Standard Schema", () => {
    const allowed = below("providers/kit/", "node:");
    expect(
      violations(
        "providers/kit/",
        (one) => allowed(one) || (one.typeOnly && one.to === "@standard-schema/spec"),
      ),
    ).toEqual([]);
  });

  test("a provider knows its own folder and the kit", () => {
    expect(
      violations("providers/", (one, { path }) => {
        if (path === "providers/index.ts") return below("providers/")(one);
        const [, vendor] = path.split("/");
        return outside(one) || below("providers/kit/", `providers/${vendor}/`)(one);
      }),
    ).toEqual([]);
  });

  test("services know services and providers", () => {
    expect(violations("services/", (one) => outside(one) || below("services/", "providers/")(one))).toEqual(
      [],
    );
  });

  test("infra knows infra, services and providers; examples what users declare with, or packages alone", () => {
    const inside = below("infra/", "services/", "providers/");
    expect(violations("infra/", (one) => outside(one) || inside(one))).toEqual([]);
    expect(violations("examples/", (one) => outside(one) || below("services/config/", "node:")(one))).toEqual(
      [],
    );
  });

  test("what is deployed knows nothing of commands, sandbox, demo and build", () => {
    const deployed = [
      "rotation/",
      "store/",
      "config/",
      "events/",
      "schedules/",
      "leak/",
      "log.ts",
      "metrics.ts",
    ].map((path) => `services/${path}`);
    const tools = below(
      "services/cli/",
      "services/demo/",
      "services/sandbox/",
      "services/testing/",
      "services/bundle/",
      "services/bootstrap/",
    );
    for (const folder of deployed) {
      expect(violations(folder, (one) => !tools(one))).toEqual([]);
    }
  });

  test("every imported file exists, and nothing imports in a circle", () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
      if (done.has(path) || way.includes(path)) return;
      for (const one of byPath.get(path)?.imports ?? []) {
        if (one.external) continue;
        expect(byPath.has(one.to), `${path} → ${one.to}`).toBe(true);
        visit(one.to, [...way, path]);
      }
      done.add(path);
    };
    for (const { path } of files) visit(path, []);
    expect(circles).toEqual([]);
  });
});

test("one file talks to Secrets Manager (the sandbox's users apart), one reaches vendors (the demo's look at the control port apart)", () => {
  const client = "@aws-sdk/client-secrets-manager";
  const callers = shipped.filter(({ imports }) =>
    imports.some(({ to, typeOnly }) => to === client && !typeOnly),
  );
  expect(callers.map(({ path }) => path).sort()).toEqual([
    "examples/stripe-webhook-receiver.ts",
    "services/demo/application.ts",
    "services/sandbox/seed.ts",
    "services/store/secrets-manager.ts",
  ]);
  const fetching = shipped.filter(({ code }) => /(?<![.\w$])fetch\(/.test(code));
  expect(fetching.map(({ path }) => path)).toEqual(["providers/kit/bound-fetch.ts", "services/demo/ask.ts"]);
});

test("one file talks to each further service of AWS, the sandbox's users apart", () => {
  const callers = (client: string) =>
    shipped
      .filter(({ imports }) => imports.some(({ to, typeOnly }) => to === client && !typeOnly))
      .map(({ path }) => path)
      .filter((path) => !path.startsWith("services/sandbox/"))
      .sort();
  expect(callers("@aws-sdk/client-scheduler")).toEqual([
    "services/schedules/aws-schedules.ts",
    // The class of its errors.
    "services/schedules/failure.ts",
  ]);
  expect(callers("@aws-sdk/client-eventbridge")).toEqual(["services/events/eventbridge.ts"]);
  expect(callers("@aws-sdk/client-cloudwatch-logs")).toEqual(["services/history/history.ts"]);
});

test("one file of a provider's world opens sockets, and one speaks SSH; the sandbox's server and the fake apart", () => {
  const using = (name: string) =>
    shipped.filter(({ imports }) => imports.some(({ to, typeOnly }) => to === name && !typeOnly));
  expect(using("node:net").map(({ path }) => path)).toEqual([
    "providers/kit/dial.ts",
    "services/sandbox/ssh.ts",
  ]);
  expect(
    using("ssh2")
      .map(({ path }) => path)
      .sort(),
  ).toEqual([
    "providers/github/fake/public-key.ts",
    "providers/github/fake/ssh-host.ts",
    "providers/github/ssh-key.ts",
    "providers/github/ssh.ts",
    "services/sandbox/ssh.ts",
  ]);
});

test("no key is exported as a JWK, which with a key that was just generated can wait for itself for ever", () => {
  expect(shipped.filter(({ text }) => /["']jwk["']/.test(text)).map(({ path }) => path)).toEqual([]);
});

test("no file is longer than 300 lines", () => {
  const long = files.filter(({ text }) => text.trimEnd().split("\n").length > 300);
  expect(long.map(({ path }) => path)).toEqual([]);
});

describe("package.json", () => {
  const pins = z.record(z.string(), z.string());
  const manifest = z
    .object({ dependencies: pins, devDependencies: pins, overrides: pins, scripts: pins })
    .parse(JSON.parse(read("package.json")));
  const { dependencies, devDependencies } = manifest;
  const importedBy = (where: readonly SourceFile[], typesToo: boolean) =>
    new Set(
      where
        .flatMap(({ imports }) => imports.filter(({ typeOnly }) => typesToo || !typeOnly))
        .flatMap((one) => packageOf(one) ?? []),
    );

  test("pins every version exactly", () => {
    const all = { ...dependencies, ...devDependencies, ...manifest.overrides };
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test("names no package that nothing uses", () => {
    const imported = importedBy(files, true);
    const commands = [...Object.values(manifest.scripts), read(".ci/run"), read("cdk.json")].join("\n");
    const bins: Readonly<Record<string, string>> = {
      ...{ "@biomejs/biome": "biome", "aws-cdk": "cdk", tsx: "tsx", typescript: "tsc", vitest: "vitest" },
    };
    const used = (name: string) => {
      const bin = bins[name];
      if (name === "@types/node") return read("tsconfig.json").includes('"types": ["node"]');
      // The types of a package that has none of its own.
      if (name.startsWith("@types/")) return imported.has(name.slice("@types/".length));
      return imported.has(name) || (bin !== undefined && new RegExp(`\\b${bin}\\b`).test(commands));
    };
    expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !used(name))).toEqual([]);
  });

  test("names what is imported, and as a dependency what the built package needs to run", () => {
    const named = (name: string) => name in dependencies || name in devDependencies;
    expect([...importedBy(files, true)].filter((name) => !named(name))).toEqual([]);
    // Functions are bundled where they are deployed from, and the demo runs in a checkout: with the development packages.
    const running = shipped.filter(({ path }) => /^(?:providers|services\/(?!bundle\/|demo\/))/.test(path));
    expect([...importedBy(running, false)].filter((name) => !(name in dependencies))).toEqual([]);
  });
});

test("the lock file and npm's settings name no registry", () => {
  expect(read("package-lock.json")).not.toMatch(/"resolved"|registry\./);
  expect(read(".npmrc")).not.toMatch(/registry\s*=\s*\S*:\/\//);
});
