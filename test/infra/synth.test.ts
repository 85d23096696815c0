import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("cdk synth works as it stands: it calls nobody and has nothing to complain of", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-synth-"));
  const calls: string[] = [];
  const proxy = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  }).on("connect", (request, socket) => {
    calls.push(`CONNECT ${request.url}`);
    socket.end();
  });
  try {
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const address = proxy.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const cdk = join(root, "node_modules/aws-cdk/bin/cdk");
    const child = spawn(process.execPath, [cdk, "synth", "--quiet", "--proxy", url, "--output", folder], {
      cwd: root,
      // Not as in CI, where cdk writes all it has to say to standard output; and no credentials.
      env: { PATH: process.env.PATH, HOME: folder, HTTP_PROXY: url, HTTPS_PROXY: url },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    expect({ code, stdout, stderr, calls }).toEqual({ code: 0, stdout: "", stderr: "", calls: [] });
    expect(await readFile(join(folder, "Keyturn-live.template.json"), "utf8")).toContain("app/github-token");
  } finally {
    proxy.close();
    await rm(folder, { recursive: true });
  }
}, 60_000);
