import { createServer, type Socket } from "node:net";
import ssh2, { type Connection, type PublicKeyAuthContext, type ServerChannel } from "ssh2";
import type { FakeGitHub } from "../../providers/github/fake/fake.js";
import { fingerprintOf } from "../../providers/github/ssh-key.js";
import { listenError } from "./errors.js";
import type { Fault, Faults, RequestHead } from "./faults.js";
import type { JournalLine } from "./parts.js";

/** Who may come in, and how the server proves who it is. */
export type SshDoor = Pick<FakeGitHub, "sshAccess" | "sshHostKeys">;

export interface SshOptions {
  /** 0 for a free one. */
  readonly port: number;
  readonly faults: Pick<Faults, "meet" | "hold">;
  readonly record: (line: JournalLine) => void;
}

export interface SshServer {
  /** `127.0.0.1:<port>`: SSH has no scheme. */
  readonly address: string;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** What a fault is looked up by: there is one operation, to log in as `git`. */
const head: RequestHead = { method: "SSH", path: "git", query: new URLSearchParams(), headers: {} };
const exchange = { kind: "request", service: "ssh", operation: "SSH git" } as const;

/**
 * Serves GitHub's SSH server on 127.0.0.1: user `git`, deploy keys only, and no shell. Each key that was judged is
 * a line of the journal: status 200, or 401. A fault is met once for each connection: `refuse` before a word, `hang` in
 * silence, `lose` when the key was judged and before that is said, `half-close` right after.
 *
 * It needs no guard against web pages. What a page sends is HTTP, which ssh2 refuses at once: only a server may say
 * anything before its own identification. A page cannot read what is answered either, without which no key exchange
 * ends, and holds no key.
 * @see https://datatracker.ietf.org/doc/html/rfc4253#section-4.2
 * @throws SandboxError `port_taken` or `port_refused`
 */
export async function serveSsh(door: SshDoor, options: SshOptions): Promise<SshServer> {
  const { port, faults, record } = options;
  const hostKeys = door.sshHostKeys.map(({ privateKey }) => privateKey);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
    const fault = faults.meet("ssh", head)?.kind;
    if (fault === "refuse" || fault === "hang") record({ ...exchange, status: 0, error: fault });
    if (fault === "refuse") return void socket.destroy();
    if (fault === "hang") {
      socket.once(
        "close",
        faults.hold(() => socket.destroy()),
      );
      return void socket.resume();
    }
    // One for each connection: it alone knows the socket that it was given.
    new ssh2.Server({ hostKeys, ident: "keyturn-sandbox" }, (client) => {
      client.on("error", () => undefined);
      welcome(client, { door, record, socket, fault });
    }).injectSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, port) ?? error));
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === "object" && address ? address.port : port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Visit extends Pick<SshOptions, "record"> {
  readonly door: SshDoor;
  readonly socket: Socket;
  readonly fault: Fault["kind"] | undefined;
}

function welcome(client: Connection, { door, record, socket, fault }: Visit): void {
  let repository = "";
  client.on("authentication", (context) => {
    if (context.method !== "publickey") return context.reject(["publickey"]);
    const line = `${context.key.algo} ${context.key.data.toString("base64")}`;
    const access = context.username === "git" ? door.sshAccess(line) : undefined;
    // First a client asks whether a key would do, then it proves that it holds it.
    if (access && !context.signature) return context.accept();
    const accepted = access !== undefined && isProven(context, line);
    record({
      ...exchange,
      status: accepted ? 200 : 401,
      credential: fingerprintOf(context.key.data),
      ...(fault && { error: fault }),
    });
    if (fault === "lose") return void socket.destroy();
    repository = access?.repository ?? "";
    if (accepted) context.accept();
    else context.reject(["publickey"]);
    if (fault === "half-close") socket.destroySoon();
  });
  client.on("session", (accept) => {
    const session = accept();
    const goodbye = (open: () => ServerChannel) => sayGoodbye(open(), repository);
    session.on("pty", (_accept, reject) => reject?.());
    session.on("shell", goodbye).on("exec", goodbye).on("subsystem", goodbye);
  });
}

function isProven({ blob, signature, hashAlgo }: PublicKeyAuthContext, line: string): boolean {
  const key = ssh2.utils.parseKey(line);
  if (key instanceof Error || !blob || !signature) return false;
  // An Error, by its type a boolean, stands for a signature that cannot be read.
  return key.verify(blob, signature, hashAlgo) === true;
}

function sayGoodbye(channel: ServerChannel, repository: string): void {
  channel.stderr.write(
    `Hi ${repository}! You've successfully authenticated, but GitHub does not provide shell access.\n`,
  );
  channel.exit(1);
  channel.end();
}
