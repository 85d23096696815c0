import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeployKey } from "../../../providers/github/deploy-key.js";
import { aKey, type Bench, type Deployer, labelOf, openBench, outcome, request } from "./deploy-key-bench.js";

let bench: Bench;
let github: Deployer;
beforeEach(async () => {
  bench = await openBench();
  github = await bench.connect();
});
afterEach(() => bench.close());

describe("a list", () => {
  it.each([0, 1, 30, 31, 99, 100, 101, 200, 201])(
    "of %i keys is read to its end, for finding and for ending",
    async (count) => {
      const titles = Array.from({ length: count }, (_, index) =>
        index % 3 === 2 ? `ci ${index}` : labelOf(index),
      );
      const handles = bench.plant(titles);
      const ours = handles.filter((_, index) => index % 3 !== 2);
      expect((await github.find()).map(({ handle }) => handle)).toEqual(ours);
      const last = handles.at(-1);
      if (!last) return;
      await github.retire({ handle: last, fields: {} });
      expect(bench.live()).toEqual(handles.slice(0, -1));
    },
  );

  it("without link headers goes on as long as pages are full", async () => {
    const handles = bench.plant(Array.from({ length: 200 }, (_, index) => labelOf(index)));
    bench.served.answer((sent) => {
      const answer = sent.method === "GET" ? bench.github.handle(sent) : undefined;
      return answer && "status" in answer ? { ...answer, headers: {} } : undefined;
    });
    expect((await github.find()).map(({ handle }) => handle)).toEqual(handles);
    expect(bench.asked().filter((one) => one.includes("page=3"))).toHaveLength(2);
  });

  it("goes on as long as there is a next page, full or not", async () => {
    const handles = bench.plant(Array.from({ length: 41 }, (_, index) => labelOf(index)));
    bench.served.answer((sent) => {
      if (sent.method !== "GET") return undefined;
      sent.query.set("per_page", "20");
      const answer = bench.github.handle(sent);
      return "status" in answer ? answer : undefined;
    });
    expect((await github.find()).map(({ handle }) => handle)).toEqual(handles);
  });

  it("that changes under the reader is read again until it stands still", async () => {
    const handles = bench.plant(Array.from({ length: 101 }, (_, index) => labelOf(index)));
    let left = 1;
    bench.served.answer(({ path, query }) => {
      if (left > 0 && path.endsWith("/keys") && query.get("page") === "2") {
        left--;
        removeFirst();
      }
      return undefined;
    });
    // The first reading misses the key that moved from page 2 to page 1.
    expect((await github.find()).map(({ handle }) => handle)).toEqual(handles.slice(1));
    left = 9;
    bench.plant(Array.from({ length: 101 }, (_, index) => `ci ${index}`));
    await expect(github.find()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("a list that changed each time"),
    });
  });

  function removeFirst(): void {
    const owner = bench.repository.split("/")[0] ?? "";
    const { token } = bench.github.makePersonalAccessToken(owner);
    const headers = { authorization: `token ${token}` };
    const ask = (method: string, path: string) => {
      const answer = bench.github.handle({ method, path, query: new URLSearchParams(), headers, body: "" });
      return "status" in answer ? answer : undefined;
    };
    const body = ask("GET", `/repos/${bench.repository}/keys`)?.body;
    const id = Array.isArray(body) ? body[0]?.id : undefined;
    expect(ask("DELETE", `/repos/${bench.repository}/keys/${id}`)?.status).toBe(204);
  }

  it("without an end is given up, not taken for complete", async () => {
    const page = Array.from({ length: 100 }, (_, index) => ({
      ...{ id: index, key: "ssh-ed25519 AAAA", title: "ci", created_at: "2031-05-17T08:30:12Z" },
    }));
    bench.served.answer(({ method }) => (method === "GET" ? { status: 200, body: page } : undefined));
    await expect(github.retire(aKey())).rejects.toMatchObject({
      code: "unexpected",
      message: expect.stringContaining("more than 5000 deploy keys"),
    });
  });
});

describe("asking GitHub's record instead of SSH", () => {
  it("accepts a key that is listed and enabled, and opens no connection", async () => {
    const api = await bench.connect({ config: { verify: "api", ssh: "127.0.0.1:1" } });
    expect(api.proof).toBe("listed");
    const key = await api.make(request);
    bench.plant(["other"]);
    expect(await api.verify(key)).toBe("rejected");
    await api.register(key, labelOf(1));
    expect(await api.verify(key)).toBe("accepted");
    for (const enabled of [undefined, null, true, false]) {
      bench.served.answer((sent) => {
        const answer = sent.method === "GET" ? bench.github.handle(sent) : undefined;
        if (!answer || !("status" in answer) || !Array.isArray(answer.body)) return undefined;
        return { ...answer, body: answer.body.map((one) => ({ ...one, enabled })) };
      });
      expect(await api.verify(key), `${enabled}`).toBe(enabled === false ? "rejected" : "accepted");
    }
    bench.served.answer(undefined);
    bench.github.set("deployKeys", "forbidden");
    expect(await api.verify(key)).toBe("rejected");
    bench.github.set("deployKeys", "allowed");
    await api.retire(key);
    expect(await api.verify(key)).toBe("rejected");
    expect(bench.logins).toEqual([]);
  });
});

describe("the installation's token", () => {
  it("that is too new for one of GitHub's servers is unavailable for 5 s, then admin_rejected", async () => {
    const key = aKey();
    await github.register(key, labelOf(1));
    bench.served.answer(({ path }) =>
      path.startsWith("/app/") ? undefined : { status: 401, body: { message: "Bad credentials" } },
    );
    const fresh = await bench.connect();
    const verbs = [
      () => fresh.find(),
      () => fresh.verify(key),
      () => fresh.register(key, labelOf(1)),
      () => fresh.retire(key),
    ];
    const all = async () => {
      const codes = [];
      for (const verb of verbs) codes.push(await outcome(verb()));
      return codes;
    };
    expect(await all()).toEqual(Array(4).fill("unavailable"));
    bench.advance(4.999);
    expect(await all()).toEqual(Array(4).fill("unavailable"));
    bench.advance(0.001);
    expect(await all()).toEqual(Array(4).fill("admin_rejected"));
  });

  it("is asked with again once it has settled", async () => {
    bench.github.set("settleSeconds", 3);
    expect(await outcome(github.find())).toBe("unavailable");
    bench.advance(3);
    expect(await github.find()).toEqual([]);
    expect(bench.asked()).toEqual([bench.mint, bench.list, bench.list]);
  });

  it("is made anew a minute before its hour is over, and after a failure", async () => {
    await github.find();
    bench.advance(3539);
    await github.find();
    expect(bench.asked()).toEqual([bench.mint, bench.list, bench.list]);
    bench.advance(1);
    await github.find();
    expect(bench.asked()).toEqual([bench.mint, bench.list]);

    const fresh = await bench.connect();
    bench.served.answer(() => ({ status: 502, body: { message: "No." } }));
    expect(await outcome(fresh.find())).toBe("unavailable");
    bench.served.answer(undefined);
    expect(await fresh.find()).toEqual([]);
  });

  it("cannot be made where the App may not administer, or not reach, the repository", async () => {
    for (const path of ["customer-1/elsewhere", "customer-2/service"]) {
      const wrong = await bench.connect({ config: { repository: path } });
      expect(await outcome(wrong.find()), path).toBe("config_invalid");
    }
    bench.github.set("suspended", true);
    await expect((await bench.connect()).find()).rejects.toMatchObject({
      code: "admin_rejected",
      message: expect.stringContaining("suspended installation"),
    });
  });

  it("is made by a signer of one's own", async () => {
    const provider = createDeployKey({
      createJwt: () => Promise.reject(new Error("the signer was asked")),
      module: "file:///own.mjs",
    });
    expect(provider.module).toBe("file:///own.mjs");
    await expect((await bench.connect({ provider })).find()).rejects.toThrow(/createJwt/);
  });
});
