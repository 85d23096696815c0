import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import type { FakeRequest, FakeResponse, FakeVendor } from "../../providers/kit/fake.js";

interface Key {
  readonly id: string;
  readonly secret: string;
  readonly name: string;
  readonly account: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly liveAt: number;
  readonly expiresAt: number;
  endedAt?: number;
  deadAt?: number;
}

const settings = { settleSeconds: 0, deathSeconds: 0, pageSize: 100 };
const creation = z.object({ name: z.string(), scopes: z.array(z.string()), expires_at: z.string() });
const refuse = (status: number, message: string): FakeResponse => ({ status, body: { error: { message } } });
const iso = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString());

/** Acme in memory: makes, lists and ends keys, and tells a key whose it is. */
export class FakeAcme implements FakeVendor {
  readonly vendor = "acme";
  readonly #now: () => number;
  #settings = { ...settings };
  /** Accounts by their admin key. */
  #accounts = new Map<string, string>();
  #keys: Key[] = [];
  #done = new Map<string, { asked: string; answer: FakeResponse }>();

  constructor(lent: { readonly now: () => Date }) {
    this.#now = () => lent.now().getTime();
  }

  handle(request: FakeRequest): FakeResponse {
    const token = (request.headers["authorization"] ?? "").replace("Bearer ", "");
    if (request.path === "/whoami") return this.whoami(token);
    const account = this.#accounts.get(token);
    if (!account) return refuse(401, "Unknown admin key.");
    const [, , id] = request.path.split("/");
    if (request.method === "POST") return this.once(request, account);
    if (request.method === "DELETE") return this.end(account, decodeURIComponent(id ?? ""));
    return this.list(account, Number(request.query.get("after") ?? 0));
  }

  whoami(token: string): FakeResponse {
    const key = this.#keys.find(({ secret }) => secret === token);
    if (!key || !this.isLive(key)) return refuse(401, "Unknown key.");
    return key.scopes.includes("read")
      ? { status: 200, body: { owner: key.account } }
      : refuse(403, "No scope.");
  }

  /** Under one idempotency key one request is answered, and another one is a conflict. */
  once({ headers, body }: FakeRequest, account: string): FakeResponse {
    const name = `${account} ${headers["idempotency-key"]}`;
    const done = headers["idempotency-key"] === undefined ? undefined : this.#done.get(name);
    if (done) return done.asked === body ? done.answer : refuse(409, "Another request had this key.");
    const answer = this.create(creation.parse(JSON.parse(body)), account);
    this.#done.set(name, { asked: body, answer });
    return answer;
  }

  create({ name, scopes, expires_at }: z.output<typeof creation>, account: string): FakeResponse {
    const now = this.#now();
    const [id, secret] = [`key_${this.#keys.length + 1}`, `acme_${randomBytes(24).toString("hex")}`];
    const liveAt = now + this.#settings.settleSeconds * 1000;
    const expiresAt = Date.parse(expires_at);
    this.#keys.push({ id, secret, name, account, scopes, createdAt: now, liveAt, expiresAt });
    return { status: 201, body: { id, secret, expires_at: iso(expiresAt) } };
  }

  end(account: string, id: string): FakeResponse {
    const key = this.#keys.find((one) => one.id === id && one.account === account);
    if (!key || key.endedAt !== undefined) return refuse(404, "No such key.");
    key.endedAt = this.#now();
    key.deadAt = key.endedAt + this.#settings.deathSeconds * 1000;
    return { status: 204 };
  }

  list(account: string, after: number): FakeResponse {
    const own = this.#keys.filter((key) => key.account === account);
    const end = after + this.#settings.pageSize;
    const keys = own.slice(after, end).map(({ id, name, createdAt, endedAt }) => {
      return { id, name, created_at: iso(createdAt), ended_at: iso(endedAt) };
    });
    return { status: 200, body: { keys, next: end < own.length ? `/keys?after=${end}` : null } };
  }

  isLive({ liveAt, expiresAt, deadAt }: Key): boolean {
    const now = this.#now();
    return liveAt <= now && now < expiresAt && (deadAt === undefined || now < deadAt);
  }

  keys() {
    return this.#keys.map((key) => ({
      ...{ provider: "acme/api-key", handle: key.id, label: key.name, live: this.isLive(key) },
      retired: key.endedAt !== undefined || key.expiresAt <= this.#now(),
    }));
  }

  admit(provider: string) {
    if (provider !== "acme/api-key") throw new RangeError(`acme: no provider ${provider}`);
    const adminKey = `admin_${randomBytes(24).toString("hex")}`;
    this.#accounts.set(adminKey, `account-${this.#accounts.size + 1}`);
    return { config: { scopes: ["read"] }, admin: { adminKey } };
  }

  reset() {
    this.#settings = { ...settings };
    this.#accounts = new Map();
    this.#keys = [];
    this.#done = new Map();
  }

  set(name: string, value: unknown) {
    if (!(name in settings) || typeof value !== "number") throw new RangeError(`acme: no setting ${name}`);
    this.#settings = { ...this.#settings, [name]: value };
  }
}
