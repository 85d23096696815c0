import type { VendorKey } from "../../providers/kit/fake.js";
import { parseLabel } from "../../providers/kit/label.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/place.js";
import type { Sandbox } from "../../services/sandbox/sandbox.js";
import type { Planted } from "./secrets.js";

/** A time in which the key of AWSCURRENT was refused by its vendor. Milliseconds since the epoch. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What the vendors and AWS know of one secret, whatever anybody was told. */
export interface Known {
  /** The most keys of it that its vendor accepted at one moment. */
  readonly mostLive: number;
  /** The most that its vendor's record did not call retired. */
  readonly mostUnretired: number;
  /** The most of both kinds that a version had held: those apart that were made and never stored. */
  readonly mostStored: number;
  /** Keys that were made and that no version ever held. */
  readonly lost: number;
  readonly gaps: readonly Gap[];
}

interface Watched {
  readonly secret: Planted;
  /** Handles by the version that holds them. */
  readonly handles: Map<string, string>;
  readonly made: Set<string>;
  /** Moments with more than two keys. */
  readonly crowds: (readonly string[])[];
  mostLive: number;
  mostUnretired: number;
  deadSince: number | undefined;
  readonly gaps: Gap[];
}

const labels = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"];

/** Looks at the vendors' records after each exchange with one of them, and each minute. */
export class Truth {
  readonly #sandbox: Sandbox;
  readonly #watched: readonly Watched[];
  readonly #byName: ReadonlyMap<string, Watched>;
  readonly #owners = new Map<string, Watched | undefined>();

  constructor(sandbox: Sandbox, secrets: readonly Planted[]) {
    this.#sandbox = sandbox;
    this.#watched = secrets.map((secret) => ({
      ...{ secret, handles: new Map(), made: new Set(), crowds: [], gaps: [] },
      ...{ mostLive: 0, mostUnretired: 0, deadSince: undefined },
    }));
    this.#byName = new Map(this.#watched.map((one) => [one.secret.name, one]));
    this.look();
    for (const one of this.#watched) for (const handle of one.handles.values()) this.#owned(handle, one);
  }

  /** @param path of the request that came before, which says for whom a key was made that carries no label */
  look(path = ""): void {
    const now = this.#sandbox.timeline.now().getTime();
    const current = this.#read();
    const live = new Map<Watched, string[]>();
    const unretired = new Map<Watched, string[]>();
    const alive = new Set<string>();
    for (const key of this.#sandbox.keys()) {
      if (key.live) alive.add(key.handle);
      const owner = this.#ownerOf(key, path);
      if (!owner) continue;
      if (key.live) live.set(owner, [...(live.get(owner) ?? []), key.handle]);
      if (!key.retired) unretired.set(owner, [...(unretired.get(owner) ?? []), key.handle]);
    }
    for (const one of this.#watched) {
      const [living = [], standing = []] = [live.get(one), unretired.get(one)];
      one.mostLive = Math.max(one.mostLive, living.length);
      one.mostUnretired = Math.max(one.mostUnretired, standing.length);
      for (const handles of [living, standing]) if (handles.length > 2) one.crowds.push(handles);
      this.#note(one, alive.has(current.get(one) ?? ""), now);
    }
  }

  /** What was seen of each secret. Gaps that are open end now. */
  known(): ReadonlyMap<string, Known> {
    const now = this.#sandbox.timeline.now().getTime();
    return new Map(
      this.#watched.map((one) => {
        const stored = new Set(one.handles.values());
        const ofStored = one.crowds.map((handles) => handles.filter((handle) => stored.has(handle)).length);
        const gaps = one.deadSince === undefined ? one.gaps : [...one.gaps, { from: one.deadSince, to: now }];
        const { mostLive, mostUnretired } = one;
        const mostStored = Math.max(Math.min(2, mostLive), ...ofStored);
        const lost = [...one.made].filter((handle) => !stored.has(handle)).length;
        return [one.secret.name, { mostLive, mostUnretired, mostStored, lost, gaps }];
      }),
    );
  }

  #note(one: Watched, works: boolean, now: number): void {
    if (!works) one.deadSince ??= now;
    else if (one.deadSince !== undefined) {
      one.gaps.push({ from: one.deadSince, to: now });
      one.deadSince = undefined;
    }
  }

  #ownerOf({ handle, label }: VendorKey, path: string): Watched | undefined {
    if (this.#owners.has(handle)) return this.#owners.get(handle);
    const id = parseLabel(label)?.secret;
    const [, installation] = /^\/app\/installations\/(\d+)\//.exec(path) ?? [];
    const owner = this.#watched.find(({ secret }) =>
      id === undefined
        ? installation !== undefined && String(secret.declaration.config["installationId"]) === installation
        : secret.id === id,
    );
    return this.#owned(handle, owner);
  }

  #owned(handle: string, owner: Watched | undefined): Watched | undefined {
    this.#owners.set(handle, owner);
    owner?.made.add(handle);
    return owner;
  }

  /** Handles of the keys in AWSCURRENT; and those of versions that were not seen before. */
  #read(): ReadonlyMap<Watched, string | undefined> {
    const current = new Map<Watched, string | undefined>();
    for (const { name, versions } of this.#sandbox.secretsManager.describe()) {
      const one = this.#byName.get(name);
      if (!one) continue;
      for (const { id, stages, empty } of versions) {
        if (empty || !stages.some((stage) => labels.includes(stage))) continue;
        if (!one.handles.has(id)) one.handles.set(id, this.#handleIn(name, id));
        if (stages.includes("AWSCURRENT")) current.set(one, one.handles.get(id));
      }
    }
    return current;
  }

  /** Asked beside the wire, and synchronously: nothing moves meanwhile. */
  #handleIn(secret: string, version: string): string {
    const { body } = this.#sandbox.secretsManager.handle({
      ...{ method: "POST", path: "/", query: new URLSearchParams() },
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.GetSecretValue",
        authorization: `AWS4-HMAC-SHA256 Credential=${sandboxCredentials.accessKeyId}/20260601/${sandboxRegion}/secretsmanager/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({ SecretId: secret, VersionId: version }),
    });
    const { SecretString = "{}" } = Object(body);
    return String(JSON.parse(SecretString).keyturn?.handle);
  }
}
