import { describe, expect, it } from "vitest";
import { openFake, publicKey, said } from "./fake-bench.js";

const fake = await openFake("github/deploy-key");
const keys = "/repos/customer-1/service/keys";
const make = async (authorization: string) => {
  const line = publicKey();
  const got = await fake.ask("POST", keys, authorization, { body: { key: line } });
  return { line, status: got.status, addedBy: got.body["added_by"], id: Number(got.body["id"]) };
};
const revoke = (credentials: unknown, authorization?: string) =>
  fake.ask("POST", "/credentials/revoke", authorization, { body: { credentials } });

describe("deploy keys made with a personal access token", () => {
  const ways = {
    "it is deleted by hand": (person: ReturnType<typeof fake.github.makePersonalAccessToken>) => {
      person.delete();
      return Promise.resolve({ status: 202 });
    },
    "anyone reports it": ({ token }: { token: string }) => revoke([token]),
  };

  it.each(
    (["classic", "fine-grained"] as const).flatMap((kind) =>
      Object.entries(ways).map(([name, end]) => [kind, name, end] as const),
    ),
  )("(%s) vanish when %s, and no other key does", async (kind, _, end) => {
    const installation = `token ${await fake.token()}`;
    const person = fake.github.makePersonalAccessToken("customer-1", kind);
    const another = fake.github.makePersonalAccessToken("customer-1", kind);
    const doomed = [await make(`token ${person.token}`), await make(`bearer ${person.token}`)];
    const others = [await make(`token ${another.token}`), await make(installation)];
    expect([...doomed, ...others].map(({ status, addedBy }) => [status, addedBy])).toEqual([
      [201, "admin-of-customer-1"],
      [201, "admin-of-customer-1"],
      [201, "admin-of-customer-1"],
      [201, expect.stringMatching(/^app-\d+\[bot\]$/)],
    ]);
    fake.github.set("deployKeyDeathSeconds", 5);

    expect((await end(person)).status).toBe(202);
    expect(said(await fake.ask("GET", keys, `token ${person.token}`))).toBe("401 Bad credentials");
    const left = (await fake.ask("GET", keys, installation)).list;
    expect(left.map((key) => key["id"])).toEqual(others.map(({ id }) => id));
    const opens = () => [...doomed, ...others].map(({ line }) => fake.github.sshAccess(line) !== undefined);
    expect(opens()).toEqual([true, true, true, true]);
    fake.advance(5000);
    expect(opens()).toEqual([false, false, true, true]);
    expect(fake.github.keys().map(({ live, retired }) => [live, retired])).toEqual([
      [false, true],
      [false, true],
      [true, false],
      [true, false],
    ]);
  });

  it("are gone once only: a key that was deleted before, and registered anew, stays", async () => {
    const installation = `token ${await fake.token()}`;
    const person = fake.github.makePersonalAccessToken("customer-1");
    const { line, id } = await make(`token ${person.token}`);
    await fake.ask("DELETE", `${keys}/${id}`, installation);
    await fake.ask("POST", keys, installation, { body: { key: line } });
    person.delete();
    expect(fake.github.sshAccess(line)?.repository).toBe("customer-1/service");
  });

  it("die once only: a key that was deleted before does not live longer for it", async () => {
    fake.github.set("deployKeyDeathSeconds", 5);
    const installation = `token ${await fake.token()}`;
    const person = fake.github.makePersonalAccessToken("customer-1");
    const { line, id } = await make(`token ${person.token}`);
    await fake.ask("DELETE", `${keys}/${id}`, installation);
    fake.advance(4000);
    person.delete();
    expect(fake.github.sshAccess(line)).toBeDefined();
    fake.advance(1000);
    expect(fake.github.sshAccess(line)).toBeUndefined();
  });

  it("made with an installation's token stay when that is revoked", async () => {
    const installation = `token ${await fake.token()}`;
    const { line } = await make(installation);
    expect((await fake.ask("DELETE", "/installation/token", installation)).status).toBe(204);
    expect((await fake.ask("GET", keys, installation)).status).toBe(401);
    expect(fake.github.sshAccess(line)?.repository).toBe("customer-1/service");
  });
});

describe("POST /credentials/revoke", () => {
  it("says the same of what there is and what there is not, and does not end installation tokens", async () => {
    const token = await fake.token();
    const { token: person } = fake.github.makePersonalAccessToken("customer-1");
    for (const credentials of [["unknown"], [token], [person, person], [person], Array(1000).fill("x")]) {
      expect(await revoke(credentials)).toMatchObject({ status: 202, body: {} });
    }
    expect((await fake.list(`token ${token}`)).status).toBe(200);
  });

  it("is for those without a credential: any Authorization header is a 403, and nothing happens", async () => {
    const { token } = fake.github.makePersonalAccessToken("customer-1");
    for (const header of [`token ${token}`, `bearer ${fake.jwt()}`, "token wrong", "basic eDp5", "x"]) {
      expect((await revoke([token], header)).status, header).toBe(403);
    }
    expect((await fake.ask("GET", keys, `token ${token}`)).status).toBe(200);
  });

  it.each([
    ["no list", undefined],
    ["a text", "x"],
    ["an empty list", []],
    ["more than a thousand", Array(1001).fill("x")],
    ["a number among them", ["x", 1]],
  ])("refuses %s, and ends nothing", async (_, credentials) => {
    const got = await revoke(credentials);
    expect([got.status, got.body]).toEqual([
      422,
      expect.objectContaining({ message: "Validation Failed", errors: [expect.any(String)] }),
    ]);
  });

  it("refuses what is no JSON object", async () => {
    const sent = (body: string) => fake.ask("POST", "/credentials/revoke", undefined, { body });
    expect(said(await sent("{"))).toBe("400 Problems parsing JSON");
    expect(said(await sent("[]"))).toBe("400 Body should be a JSON object");
  });
});
