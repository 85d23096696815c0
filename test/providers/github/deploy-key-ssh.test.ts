import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import ssh2, { type AuthContext, type Connection, type ServerConfig } from "ssh2";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { logIn } from "../../../providers/github/ssh.js";
import { openSshPrivateKey, publicHalf } from "../../../providers/github/ssh-key.js";
import { Secret } from "../../../providers/kit/secret.js";
import { aKey, aPrivateKey, type Bench, labelOf, openBench, outcome, request } from "./deploy-key-bench.js";

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const lineOf = (pem: string) => publicHalf(new Secret(pem)).line;
const pemOf = (type: "ed25519" | "rsa" | "P-256") => {
  if (type === "ed25519") return openSshPrivateKey(generateKeyPairSync("ed25519").privateKey);
  return type === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        .privateKey.export({ type: "pkcs1", format: "pem" })
        .toString()
    : generateKeyPairSync("ec", { namedCurve: type })
        .privateKey.export({ type: "sec1", format: "pem" })
        .toString();
};
const hostKey = pemOf("ed25519");

/** A server that is closed with the test, and must find every connection ended by then. */
async function serve(onSocket: (socket: Socket) => void) {
  const ended: Promise<void>[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    ended.push(new Promise((resolve) => socket.once("close", () => resolve())));
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  return {
    address: await listening(server),
    allEnded: async () => {
      await Promise.all(ended);
      server.close();
      return ended.length;
    },
  };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  return `127.0.0.1:${typeof at === "object" && at ? at.port : 0}`;
}

type Judge = (context: AuthContext, socket: Socket) => void;

/** An SSH server that judges as told. */
const sshServer =
  (judge: Judge, options: Partial<ServerConfig> = {}, meet: (client: Connection) => void = () => undefined) =>
  (socket: Socket) => {
    new ssh2.Server({ hostKeys: [hostKey], ...options }, (client) => {
      client.on("error", () => undefined).on("authentication", (context) => judge(context, socket));
      meet(client);
    }).injectSocket(socket);
  };

async function meet(
  onSocket: (socket: Socket) => void,
  pinned: readonly string[] = [lineOf(hostKey)],
  timeoutMs = 5000,
) {
  const server = await serve(onSocket);
  const { signal } = new AbortController();
  const privateKey = aPrivateKey();
  const login = { address: server.address, privateKey, hostKeys: pinned, signal, timeoutMs };
  const result = await outcome(logIn(login));
  expect(await server.allEnded()).toBe(1);
  return result;
}

describe("a verdict", () => {
  const accept: Judge = (context) => context.accept();
  const reject =
    (left: Parameters<AuthContext["reject"]>[0], partial = false): Judge =>
    (context) =>
      context.reject(left, partial);
  const late: Judge = (context, socket) => {
    context.accept();
    if (context.method === "publickey" && context.signature) setImmediate(() => socket.resetAndDestroy());
  };
  const methods: string[] = [];
  const noting: Judge = (context) => {
    methods.push(context.method, context.username);
    context.reject(["publickey", "password", "keyboard-interactive", "hostbased"]);
  };
  const atSignature: Judge = (context) =>
    context.method === "publickey" && context.signature ? context.reject(["publickey"]) : context.accept();

  it.each<[string, string, (socket: Socket) => void]>([
    ["accepted", "takes the key", sshServer(accept)],
    ["accepted", "takes the key, and breaks the connection then", sshServer(late)],
    [
      "accepted",
      "greets and shows a banner first",
      sshServer(accept, { greeting: "hello", banner: "hello" }),
    ],
    ["rejected", "refuses the key", sshServer(reject(["publickey"]))],
    ["rejected", "refuses the key when it is proven", sshServer(atSignature)],
    ["rejected", "offers every other way in", sshServer(noting)],
    ["unexpected", "takes no keys", sshServer(reject(["password"]))],
    ["unexpected", "wants no more of anything", sshServer(reject([]))],
    ["unexpected", "wants something beside the key", sshServer(reject(["publickey"], true))],
    ["unavailable", "hangs up at the key", sshServer((_, socket) => socket.destroy())],
    ["unavailable", "ends the session at the key", sshServer((_, socket) => socket.end())],
    [
      "unavailable",
      "says goodbye at the key",
      sshServer(
        () => undefined,
        {},
        (client) => {
          client.once("authentication", () => client.end());
        },
      ),
    ],
    [
      "unavailable",
      "knows only old key exchanges",
      sshServer(accept, { algorithms: { kex: ["diffie-hellman-group14-sha1"] } }),
    ],
    ["unavailable", "knows only old ciphers", sshServer(accept, { algorithms: { cipher: ["aes256-cbc"] } })],
    [
      "unavailable",
      "guards what it sends with SHA-1",
      sshServer(accept, { algorithms: { cipher: ["aes256-ctr"], hmac: ["hmac-sha1"] } }),
    ],
    ["unavailable", "closes at once", (socket) => socket.destroy()],
    ["unavailable", "resets at once", (socket) => socket.resetAndDestroy()],
    ["unavailable", "identifies itself, and closes", (socket) => socket.resume().end("SSH-2.0-babeld\r\n")],
    ["unavailable", "speaks HTTP", (socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["unavailable", "speaks SSH 1", (socket) => socket.resume().end("SSH-1.5-old\r\n")],
    [
      "unavailable",
      "goes on with nonsense",
      (socket) => socket.resume().write(`SSH-2.0-babeld\r\n${"\xff".repeat(400)}`),
    ],
  ])("is %s of a server that %s", async (verdict, _, onSocket) => {
    expect(await meet(onSocket)).toBe(verdict);
  });

  it("ends the connection, though the other side does not", async () => {
    const far = createServer(sshServer(accept));
    const [host = "", port] = (await listening(far)).split(":");
    // Hands on everything but the end.
    const between = createServer({ allowHalfOpen: true }, (near) => {
      const there = connect(Number(port), host).on("error", () => undefined);
      near.on("data", (chunk) => there.write(chunk)).on("error", () => undefined);
      there.on("data", (chunk) => near.write(chunk));
      const goOn = () => near.write("and ", (error) => (error ? near.destroy() : setImmediate(goOn)));
      near.once("end", goOn);
    });
    const ended = once(between, "connection").then(
      ([near]) => new Promise((resolve) => near.once("close", resolve)),
    );
    const login = {
      address: await listening(between),
      privateKey: aPrivateKey(),
      hostKeys: [lineOf(hostKey)],
    };
    expect(await logIn({ ...login, signal: new AbortController().signal, timeoutMs: 60_000 })).toBe(
      "accepted",
    );
    await ended;
    far.close();
    between.close();
  });

  it("is asked with this key alone: no password, no agent, nothing but the user git", () => {
    expect(new Set(methods)).toEqual(new Set(["publickey", "git"]));
  });

  it.each<[string, (socket: Socket) => void]>([
    ["says nothing", (socket) => socket.resume()],
    ["identifies itself only", (socket) => socket.resume().write("SSH-2.0-babeld\r\n")],
    ["never judges", sshServer(() => undefined)],
  ])("is not waited for longer than allowed of a server that %s", async (_, onSocket) => {
    expect(await meet(onSocket, undefined, 100)).toBe("unavailable");
  });
});

describe("the host", () => {
  const accept: Judge = (context) => context.accept();
  const [rsa, elliptic] = [pemOf("rsa"), pemOf("P-256")];
  const all = [hostKey, elliptic, rsa];

  it.each([
    ["ed25519", lineOf(hostKey)],
    ["ecdsa", lineOf(elliptic)],
    ["rsa", lineOf(rsa)],
  ])("proves the type of key that is known of it: %s", async (_, line) => {
    expect(await meet(sshServer(accept, { hostKeys: all }), [line])).toBe("accepted");
    expect(await meet(sshServer(accept, { hostKeys: all }), ["ssh-dss AAAA", line, `${line} comment`])).toBe(
      "accepted",
    );
  });

  it("with another key of that type is not shown the key", async () => {
    const asked: unknown[] = [];
    const noting: Judge = (context) => asked.push(context.method);
    expect(await meet(sshServer(noting), [lineOf(pemOf("ed25519"))])).toBe("unexpected");
    expect(await meet(sshServer(noting, { hostKeys: all }), [lineOf(pemOf("P-256"))])).toBe("unexpected");
    expect(asked).toEqual([]);
  });

  it("that cannot prove any known type gets no further", async () => {
    expect(await meet(sshServer(accept), [lineOf(rsa)])).toBe("unavailable");
  });

  it("of which nothing is known is not called at all", async () => {
    const { signal } = new AbortController();
    const nowhere = { address: "127.0.0.1:1", privateKey: aPrivateKey(), signal, timeoutMs: 5000 };
    for (const hostKeys of [
      [],
      [""],
      ["constructor AAAA"],
      ["ssh-dss AAAA", "ssh-rsa-cert-v01@openssh.com AAAA"],
    ]) {
      await expect(logIn({ ...nowhere, hostKeys })).rejects.toMatchObject({ code: "unexpected" });
    }
    await expect(logIn({ ...nowhere, hostKeys: [lineOf(hostKey)] })).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});

describe("through the provider", () => {
  it("GitHub's host keys are those of GET /meta, asked for at each look", async () => {
    const github = await bench.connect();
    const key = aKey();
    await github.register(key, labelOf(1));
    bench.asked();
    for (let look = 0; look < 2; look++) expect(await github.verify(key)).toBe("accepted");
    expect(bench.asked()).toEqual(["GET /meta", "GET /meta"]);
    bench.served.answer(({ path }) =>
      path === "/meta" ? { status: 200, body: { ssh_keys: [lineOf(pemOf("ed25519"))] } } : undefined,
    );
    await expect(github.verify(key)).rejects.toMatchObject({
      code: "unexpected",
      message: expect.stringMatching(/prove one of the host keys.*another host key.*The key was not shown/),
    });
    expect(bench.logins).toHaveLength(2);
  });

  it.each([
    ["refuse", "unavailable", 0],
    ["lose", "unavailable", 1],
    ["half-close", "accepted", 1],
  ])("a connection that meets %s is %s", async (kind, result, judged) => {
    const github = await bench.connect();
    const key = aKey();
    await github.register(key, labelOf(1));
    bench.faults.add({ service: "ssh", fault: { kind } });
    expect(await outcome(github.verify(key))).toBe(result);
    expect(bench.logins.filter((line) => line.kind === "request" && line.status === 200)).toHaveLength(
      judged,
    );
    expect(await github.verify(key)).toBe("accepted");
  });

  it("a silent server holds a step no longer than its time", async () => {
    const step = new AbortController();
    const github = await bench.connect({ signal: step.signal });
    bench.faults.add({ service: "ssh", fault: { kind: "hang" } });
    const asking = outcome(github.verify(aKey()));
    await vi.waitFor(() => expect(bench.logins).toHaveLength(1));
    const since = performance.now();
    step.abort();
    expect(await asking).toBe("unavailable");
    expect(performance.now() - since).toBeLessThan(5000);
  });

  it("GitHub.com's SSH server is asked about GitHub.com's keys only", async () => {
    for (const ssh of [undefined, "github.com:22", "GitHub.com:22", "ssh.github.com:443"]) {
      const github = await bench.connect({ config: { ssh } });
      const elsewhere = expect.objectContaining({
        code: "config_invalid",
        message: expect.stringMatching(/ssh to name the SSH server that belongs to http:.*verify: "api"/),
      });
      await expect(github.make(request)).rejects.toEqual(elsewhere);
      await expect(github.verify(aKey())).rejects.toEqual(elsewhere);
      const api = await bench.connect({ config: { ssh, verify: "api" } });
      expect(await api.verify(await api.make(request))).toBe("rejected");
    }
    const home = await bench.connect({ config: { ssh: undefined }, endpoint: "https://api.github.com" });
    expect((await home.make(request)).handle).toMatch(/^SHA256:/);
  });
});
