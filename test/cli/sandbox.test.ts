import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { builtin } from "../../providers/index.js";
import { keyturn } from "./keyturn.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const url = z.string().check(z.regex(/^http:\/\/127\.0\.0\.1:\d+$/));
const urlsShape = z.strictObject({
  ...{ aws: url, github: url, stripe: url, control: url },
  ssh: z.string().check(z.regex(/^127\.0\.0\.1:\d+$/)),
});

test("--version is the package's, --help names the commands", async () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(`${root}/package.json`, "utf8")));
  const [versioned, helped] = await Promise.all([keyturn("--version").ended, keyturn("--help").ended]);
  expect(versioned).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  expect(helped).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^ {2}sandbox [\s\S]*^ {2}abort [\s\S]*^ {2}recover /m),
    stderr: "",
  });
});

describe("sandbox", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "--json: one line when it is ready; %s ends it with 0",
    async (signal) => {
      const { child, printed, ended } = keyturn("sandbox", "--port", "0", "--json", "--empty");
      const urls = urlsShape.parse(JSON.parse(await printed));
      expect(Object.keys(urls)).toEqual(["aws", "github", "stripe", "control", "ssh"]);
      const clock = await fetch(`${urls.control}/clock`);
      expect(await clock.json()).toMatchObject({ moving: true });
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      expect([code, stdout.split("\n").length, stderr]).toEqual([0, 2, ""]);
    },
  );

  test("declares a secret for each provider and says what to try; its lines do what they say", async () => {
    const { child, printed, ended } = keyturn("sandbox", "--port", "0");
    const text = await printed;
    for (const secret of builtin.map(({ id }) => id)) {
      expect(text).toMatch(new RegExp(`^ +app/${secret.replace("/", "-")} +${secret}$`, "m"));
    }
    const [, keysUrl = ""] = /curl (\S+\/keys)/.exec(text) ?? [];
    const keysShape = z.object({ keys: z.array(z.looseObject({ provider: z.string(), live: z.boolean() })) });
    const { keys } = keysShape.parse(await (await fetch(keysUrl)).json());
    const made = keys.map(({ provider, live }) => `${provider} ${live}`);
    expect(made.sort()).toEqual(builtin.map(({ id }) => `${id} true`).sort());
    const [, sshPort] = /^ +SSH +127\.0\.0\.1:(\d+) /m.exec(text) ?? [];
    const socket = connect(Number(sshPort), "127.0.0.1").on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    expect(String((await once(socket, "data"))[0])).toMatch(/^SSH-2\.0-/);
    const [, type = "", body = "", clockUrl = ""] =
      /curl -H 'content-type: (\S+)' -d '(\S+)' (\S+\/clock)/.exec(text) ?? [];
    const advanced = await fetch(clockUrl, { method: "POST", headers: { "content-type": type }, body });
    expect(advanced.status).toBe(200);
    expect(text).toMatch(
      /aws secretsmanager rotate-secret --secret-id app\/\S+ --region \S+ --endpoint-url http:/,
    );
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  }, 30_000);

  test("a taken port: 1, and the way out, without a stack", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const { code, stdout, stderr } = await keyturn("sandbox", "--port", String(port)).ended;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(new RegExp(`^keyturn: port_taken: .*port ${port} .*--port 0.*\n$`));
  });
});

test("wrong usage is 2, and says so without a stack", async () => {
  const wrong = [
    [],
    ["sandbag"],
    ["sandbox", "--prot", "1"],
    ["sandbox", "--port", "http"],
    ["sandbox", "--port", "65532"],
    ["sandbox", "4566"],
    ["sandbox", "--write-config", "keyturn.config.ts"],
    ["abort"],
  ];
  const results = await Promise.all(wrong.map((args) => keyturn(...args).ended));
  for (const [index, { code, stdout, stderr }] of results.entries()) {
    expect([code, stdout], `keyturn ${wrong[index]?.join(" ")}`).toEqual([2, ""]);
    expect(stderr).toMatch(/Usage: keyturn|Run with --help/);
    expect(stderr).not.toMatch(/^ +at /m);
  }
}, 30_000);
