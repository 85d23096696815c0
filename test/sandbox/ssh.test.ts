import { createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import ssh2, {
  type ClientChannel,
  type ConnectConfig,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
} from "ssh2";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSshPrivateKey } from "../../providers/github/ssh-key.js";
import { faultKinds } from "../../services/sandbox/faults.js";
import type { JournalEntry } from "../../services/sandbox/parts.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";

let sandbox: Sandbox;
let repository = "";
beforeAll(async () => {
  sandbox = await startSandbox({ start: new Date("2026-03-01T12:00:00Z") });
});
beforeEach(() => {
  sandbox.reset();
  repository = String(
    sandbox.vendors.github.admit("github/deploy-key", { ...sandbox.urls }).config["repository"],
  );
});
afterAll(() => sandbox.close());

function parse(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}
/** A private key, as text. */
const aKey = () => openSshPrivateKey(generateKeyPairSync("ed25519").privateKey);
const blobOf = (key: string) => parse(key).getPublicSSH();
const lineOf = (key: string) => `ssh-ed25519 ${blobOf(key).toString("base64")}`;
const handleOf = (key: string) =>
  `SHA256:${createHash("sha256").update(blobOf(key)).digest("base64").replace(/=+$/, "")}`;

/** A key that is a deploy key of the repository already. */
function registered(): string {
  const key = aKey();
  const owner = repository.split("/")[0] ?? "";
  const { token } = sandbox.vendors.github.makePersonalAccessToken(owner);
  const answer = sandbox.vendors.github.handle({
    ...{ method: "POST", path: `/repos/${repository}/keys`, query: new URLSearchParams() },
    headers: { authorization: `token ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ title: "ci", key: lineOf(key) }),
  });
  expect("status" in answer && answer.status).toBe(201);
  return key;
}

/** Logs in and calls `inside`; says "refused" or "broken" when it comes to nothing. */
async function login(
  options: ConnectConfig,
  inside: (client: ssh2.Client) => Promise<string> = async () => "in",
): Promise<string> {
  const [host = "", port] = sandbox.urls.ssh.split(":");
  const client = new ssh2.Client();
  try {
    return await new Promise<string>((resolve) => {
      client.on("error", ({ level }) => resolve(level === "client-authentication" ? "refused" : "broken"));
      client.on("close", () => resolve("broken"));
      client.on("ready", () => inside(client).then(resolve, () => resolve("broken")));
      client.connect({ host, port: Number(port), username: "git", readyTimeout: 0, ...options });
    });
  } finally {
    client.destroy();
  }
}
const byKey = (key: string): ConnectConfig => ({ privateKey: key, authHandler: ["publickey"] });

const logins = () =>
  sandbox.journal
    .since(0)
    .filter(
      (entry): entry is JournalEntry & { kind: "request" } =>
        entry.kind === "request" && entry.service === "ssh",
    )
    .map(({ operation, status, credential, error, live }) => ({
      operation,
      status,
      credential,
      error,
      live,
    }));

/** What comes of a shell, or a command: `{ out, err, code }` as JSON. */
async function say(client: ssh2.Client, command?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hear = (error: Error | undefined, channel: ClientChannel) => {
      if (error) return reject(error);
      const said = { out: "", err: "", code: -1 };
      channel.on("data", (chunk: Buffer) => {
        said.out += chunk;
      });
      channel.stderr.on("data", (chunk: Buffer) => {
        said.err += chunk;
      });
      channel.on("exit", (code: number) => {
        said.code = code;
      });
      channel.on("close", () => resolve(JSON.stringify(said)));
    };
    if (command === undefined) client.shell(false, hear);
    else client.exec(command, hear);
  });
}

describe("a deploy key", () => {
  test("opens its repository, and no shell", async () => {
    const key = registered();
    const goodbye = `Hi ${repository}! You've successfully authenticated, but GitHub does not provide shell access.\n`;
    for (const command of [undefined, "git-upload-pack 'x'"]) {
      const said = await login(byKey(key), (client) => say(client, command));
      expect(JSON.parse(said)).toEqual({ out: "", err: goodbye, code: 1 });
    }
    const handle = handleOf(key);
    const line = { operation: "SSH git", status: 200, credential: handle, live: [handle] };
    expect(logins()).toEqual([line, line]);
  });

  test("gives no terminal, no files, no way through", async () => {
    const key = registered();
    const wish = (ask: (client: ssh2.Client, done: (error?: Error) => void) => void) =>
      login(
        byKey(key),
        (client) => new Promise((resolve) => ask(client, (error) => resolve(error ? "no" : "yes"))),
      );
    expect(await wish((client, done) => client.shell({ term: "vt100" }, done))).toBe("no");
    expect(await wish((client, done) => client.sftp(done))).toBe("no");
    expect(await wish((client, done) => client.forwardOut("127.0.0.1", 1, "127.0.0.1", 1, done))).toBe("no");
    expect(await wish((client, done) => client.forwardIn("127.0.0.1", 0, done))).toBe("no");
  });

  test("is refused when GitHub does not know it (any more), and that is a line as well", async () => {
    const [stranger, mine] = [aKey(), registered()];
    expect(await login(byKey(stranger))).toBe("refused");
    expect(await login(byKey(mine))).toBe("in");
    sandbox.vendors.github.set("deployKeys", "forbidden");
    expect(await login(byKey(mine))).toBe("refused");
    expect(logins()).toMatchObject([
      { status: 401, credential: handleOf(stranger), live: [handleOf(mine)] },
      { status: 200, credential: handleOf(mine), live: [handleOf(mine)] },
      { status: 401, credential: handleOf(mine), live: [] },
    ]);
  });

  test("opens nothing for whoever knows its public half alone", async () => {
    const [mine, other] = [registered(), aKey()];
    class Forger extends ssh2.BaseAgent {
      getIdentities(done: IdentityCallback): void {
        done(null, [parse(lineOf(mine))]);
      }
      sign(_key: unknown, data: Buffer, options: object | SignCallback, done?: SignCallback): void {
        const tell = typeof options === "function" ? options : done;
        tell?.(null, parse(other).sign(data));
      }
    }
    expect(await login({ agent: new Forger(), authHandler: ["agent"] })).toBe("refused");
    expect(logins()).toMatchObject([{ status: 401, credential: handleOf(mine) }]);
  });

  test("is for the user git; a password, or nothing, is for nobody", async () => {
    const key = registered();
    expect(await login({ username: "root", ...byKey(key) })).toBe("refused");
    expect(await login({ password: "x", tryKeyboard: true })).toBe("refused");
    expect(logins()).toMatchObject([{ status: 401, credential: handleOf(key) }]);
  });
});

describe("what goes wrong", () => {
  test.each([
    ["refuse", "broken", { status: 0, error: "refuse" }],
    ["lose", "broken", { status: 200, error: "lose" }],
    ["half-close", "in", { status: 200, error: "half-close" }],
  ])("%s: %s, once", async (kind, result, line) => {
    const key = registered();
    sandbox.faults.add({ service: "ssh", fault: { kind } });
    expect(await login(byKey(key))).toBe(result);
    expect(await login(byKey(key), say)).toContain("Hi customer-1/service!");
    expect(logins()).toMatchObject([line, { status: 200 }]);
  });

  test("half-close: in, and then the connection ends without a word", async () => {
    sandbox.faults.add({ service: "ssh", fault: { kind: "half-close" } });
    expect(await login(byKey(registered()), say)).toBe("broken");
  });

  test("hang: silence until the faults are cleared", async () => {
    sandbox.faults.add({ service: "ssh", fault: { kind: "hang" } });
    const [host, port] = sandbox.urls.ssh.split(":");
    const socket = connect({ host: host ?? "", port: Number(port) });
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    await once(socket, "connect");
    socket.write("SSH-2.0-someone\r\n");
    expect(await login(byKey(registered()))).toBe("in");
    expect([socket.destroyed, heard]).toEqual([false, ""]);
    sandbox.faults.clear();
    await once(socket, "close");
    expect(logins()).toMatchObject([{ status: 0, error: "hang" }, { status: 200 }]);
  });

  test.each(faultKinds.filter((kind) => !["refuse", "lose", "hang", "half-close"].includes(kind)))(
    "%s is HTTP's, and refused",
    (kind) => {
      const fault = { kind, status: 500, location: "/" };
      const shapes = [fault, { kind, status: 500 }, { kind, location: "/" }, { kind }];
      for (const shape of shapes) {
        expect(() => sandbox.faults.add({ service: "ssh", fault: shape })).toThrow(RangeError);
      }
      const [, told] =
        /(ssh takes .*? only)/.exec(message(() => sandbox.faults.add({ service: "ssh", fault }))) ?? [];
      expect(told).toBe("ssh takes refuse, lose, hang, half-close only");
    },
  );

  test("an operation is refused: there is but one", () => {
    const add = () => sandbox.faults.add({ service: "ssh", operation: "GET /keys", fault: { kind: "lose" } });
    expect(message(add)).toMatch(/found an operation for ssh$/);
  });

  const message = (act: () => void): string => {
    try {
      act();
    } catch (error) {
      return error instanceof RangeError ? error.message : "";
    }
    return "";
  };
});

test("what a page could send is refused before it means anything", async () => {
  const [host = "", port] = sandbox.urls.ssh.split(":");
  const body = "SSH-2.0-page\r\n";
  for (const start of [
    "POST / HTTP/1.1\r\nHost: x\r\nOrigin: https://example.com\r\n\r\n",
    "\r\n",
    "x\r\n",
  ]) {
    const socket = connect({ host, port: Number(port) }).on("error", () => undefined);
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    socket.write(`${start}${body}`);
    await new Promise((resolve) => socket.once("close", resolve));
    expect(heard.replace("SSH-2.0-keyturn-sandbox\r\n", "")).toBe("");
  }
  expect(logins()).toEqual([]);
});

test("after a reset the port is the same, and the keys are forgotten; closed, it ends who is in", async () => {
  const other = await startSandbox();
  const key = registered();
  const { ssh } = sandbox.urls;
  sandbox.reset();
  expect(await login(byKey(key))).toBe("refused");
  expect([sandbox.urls.ssh, ssh === other.urls.ssh]).toEqual([ssh, false]);
  const [host, port] = other.urls.ssh.split(":");
  const socket = connect({ host: host ?? "", port: Number(port) }).on("error", () => undefined);
  await once(socket, "data");
  await Promise.all([other.close(), new Promise((resolve) => socket.once("close", resolve))]);
});
