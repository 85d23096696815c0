import { describe, expect, it, vi } from "vitest";
import type { FakeRequest, FakeVendor } from "../../providers/kit/fake.js";
import type { Connection, Provider } from "../../providers/kit/plug.js";
import * as judges from "../../services/testing/checks/trials.js";
import type { Subject } from "../../services/testing/index.js";
import { promises } from "../../services/testing/promises.js";
import { runTrials } from "../../services/testing/trials.js";
import { FakeAcme } from "./acme-fake.js";
import { subject } from "./acme-subject.js";
import { brokenOf, tried } from "./kept.js";
import { seeds } from "./seeds.js";
import { deployKeysByApi, tokens } from "./subjects.js";

/** A built-in provider, some of whose verbs are changed. */
function changed(provider: Provider, change: (right: Connection) => Partial<Connection>): Provider {
  return {
    ...provider,
    connect: async (lent) => {
      const right = await provider.connect(lent);
      return { ...right, ...change(right) };
    },
  };
}

const registering = (wrong: (register: NonNullable<Connection["register"]>) => Connection["register"]) =>
  changed(deployKeysByApi.provider, ({ register }) => ({ register: register && wrong(register) }));

/** Without the hundred keys that fill a page of GitHub's. */
const deployKeys: Subject = { ...deployKeysByApi, paging: { notChecked: "checked of the right one" } };

const once = new Map<string, Promise<Awaited<ReturnType<Connection["make"]>>>>();

const generatedSeeds: readonly (readonly [string, readonly string[], Subject])[] = [
  [
    "every registration is called `created`",
    ["register.twice"],
    {
      ...deployKeys,
      provider: registering((register) => async (key, label) => {
        await register(key, label);
        return "created";
      }),
    },
  ],
  [
    "a key that is known already is an error",
    ["register.lost", "register.twice"],
    {
      ...deployKeys,
      provider: registering((register) => async (key, label) => {
        if ((await register(key, label)) === "created") return "created";
        throw new TypeError("in use");
      }),
    },
  ],
  [
    "making a key asks the vendor",
    ["generate"],
    {
      ...deployKeys,
      provider: changed(deployKeysByApi.provider, ({ make, find }) => ({
        make: async (request) => {
          await find?.();
          return make(request);
        },
      })),
    },
  ],
  [
    "the weaker bound is declared, and runs of one rotation share a key",
    ["make.lost", "make.one"],
    {
      ...tokens,
      provider: changed(tokens.provider, ({ make }) => ({
        make: (request) => {
          const making = once.get(request.idempotencyKey) ?? make(request);
          once.set(request.idempotencyKey, making);
          return making;
        },
      })),
    },
  ],
];

it.each(generatedSeeds)("%s: breaks %s, and nothing else", async (_bug, breaks, wrong) => {
  const makingAndEnding = (id: string) => /^(generate|make|register|key|verify|retire|find|others)/.test(id);
  expect(await brokenOf(wrong, makingAndEnding)).toEqual(breaks);
});

it("a key that is printed breaks `secrets`", async () => {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const printing = changed(subject.provider, ({ verify }) => ({
      verify: (key) => {
        process.stdout.write(`verifying ${key.fields["apiKey"]?.reveal()}\n`);
        return verify(key);
      },
    }));
    const { leaks } = await runTrials({ ...subject, provider: printing, fewStatuses: true });
    expect(leaks).toEqual(["the key's apiKey in something written to the console"]);
  } finally {
    written.mockRestore();
  }
});

it("every promise is broken by some seed, so none is kept by whatever a provider does", () => {
  const bitten = [
    ...seeds.flatMap(({ breaks }) => breaks),
    ...generatedSeeds.flatMap(([, breaks]) => breaks),
  ];
  // A wrong fake breaks this one, below.
  expect([...new Set([...bitten, "fake"])].sort()).toEqual(Object.keys(promises).sort());
});

/** Acme, with something wrong about its fake. */
const faking = (change: (fake: FakeAcme) => void): Subject => ({
  ...subject,
  vendor: (lent) => {
    const fake = new FakeAcme(lent);
    change(fake);
    return fake;
  },
});
const answering = (
  wrong: (request: FakeRequest, right: FakeAcme["handle"]) => ReturnType<FakeVendor["handle"]>,
) =>
  faking((fake) => {
    const right = fake.handle.bind(fake);
    Object.assign(fake, { handle: (request: FakeRequest) => wrong(request, right) });
  });
const isList = ({ method, path }: FakeRequest) => method === "GET" && path === "/keys";

describe("a fake that would hide bugs does not pass", () => {
  it.each<[string, readonly string[], Subject]>([
    [
      "it never lists a key",
      ["find.labels", "find.pages"],
      answering((request, right) =>
        isList(request) ? { status: 200, body: { keys: [], next: null } } : right(request),
      ),
    ],
    [
      "it accepts every key",
      ["verify.life"],
      answering((request, right) =>
        request.path === "/whoami" ? { status: 200, body: { owner: "anyone" } } : right(request),
      ),
    ],
    [
      "it takes no idempotency key",
      ["make.lost", "make.one"],
      answering(({ headers: { "idempotency-key": _, ...headers }, ...request }, right) =>
        right({ ...request, headers }),
      ),
    ],
    ["it knows of no key", ["fake"], faking((fake) => void Object.assign(fake, { keys: () => [] }))],
    ["it takes any setting", ["fake"], faking((fake) => void Object.assign(fake, { set: () => undefined }))],
    ["it forgets nothing", ["fake"], faking((fake) => void Object.assign(fake, { reset: () => undefined }))],
    [
      "it ends a key without saying so in its record",
      ["find.labels", "verify.life"],
      answering((request, right) => (request.method === "DELETE" ? { status: 204 } : right(request))),
    ],
  ])("%s: %s", async (_what, breaks, wrong) => {
    expect(await brokenOf(wrong, (id) => !tried.includes(id))).toEqual(expect.arrayContaining([...breaks]));
  });
});

it("a quirk must be met, and holds exactly", async () => {
  const trials = await runTrials({ ...subject, fewStatuses: true });
  const judged = (status: number, outcome: string) => () =>
    judges.status(trials, {
      ...subject,
      quirks: [{ status, request: /^DELETE \/keys\//, outcome, reason: "it is so" }],
    });
  expect(judged(409, "unavailable")).not.toThrow();
  expect(judged(409, "config_invalid")).toThrow("as its quirk says");
  expect(judged(402, "quota_reached")).toThrow("it is so");
});
