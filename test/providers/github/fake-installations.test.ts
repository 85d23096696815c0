import { expect, it } from "vitest";
import { openFake, publicKey, said } from "./fake-bench.js";

const fake = await openFake("github/deploy-key");
const keys = "/repos/customer-1/service/keys";
const app = (path = "") => `/app/installations/${fake.installation()}${path}`;
const bearer = () => `bearer ${fake.jwt()}`;

/** Whatever can be done with an installation and a token of it, and what GitHub says. */
async function everything(token: string, deployKey: string) {
  return {
    installation: said(await fake.ask("GET", app(), bearer())),
    mint: said(await fake.mint()),
    repositories: said(await fake.list(token)),
    "list keys": said(await fake.ask("GET", keys, token)),
    "make a key": said(await fake.ask("POST", keys, token, { body: { key: publicKey() } })),
    ssh: fake.github.sshAccess(deployKey)?.repository ?? "nothing",
    "live tokens": fake.github.tokens().filter(({ live }) => live).length,
    "retired tokens": fake.github.tokens().filter(({ retired }) => retired).length,
  };
}

const works = {
  ...{ installation: "200", mint: "201", repositories: "200", "list keys": "200", "make a key": "201" },
  ...{ ssh: "customer-1/service", "retired tokens": 0 },
};
const suspended = {
  ...works,
  ...Object.fromEntries(
    ["mint", "repositories", "list keys", "make a key"].map((name) => [
      name,
      "403 This installation has been suspended",
    ]),
  ),
  "live tokens": 0,
};
const gone = {
  ...{ installation: "404 Not Found", mint: "404 Not Found", repositories: "401 Bad credentials" },
  ...{ "list keys": "401 Bad credentials", "make a key": "401 Bad credentials" },
  ...{ ssh: "customer-1/service", "live tokens": 0, "retired tokens": 2 },
};

it.each([
  ["the setting suspended", () => Promise.resolve(fake.github.set("suspended", true)), suspended],
  ["PUT …/suspended", () => fake.ask("PUT", app("/suspended"), bearer()), suspended],
  ["the setting installed", () => Promise.resolve(fake.github.set("installed", false)), gone],
  ["DELETE …/{installation_id}", () => fake.ask("DELETE", app(), bearer()), gone],
])("%s stops an installation, and never its deploy keys", async (_, stop, stopped) => {
  const token = `token ${await fake.token()}`;
  const deployKey = publicKey();
  await fake.ask("POST", keys, token, { body: { key: deployKey } });
  expect(await everything(token, deployKey)).toEqual({ ...works, "live tokens": 2 });
  await stop();
  expect(await everything(token, deployKey)).toEqual(stopped);
  expect(said(await fake.ask("DELETE", "/installation/token", token))).toBe(stopped.repositories);
  fake.github.set("suspended", false);
  fake.github.set("installed", true);
  expect(await everything(token, deployKey)).toEqual({ ...works, "live tokens": 3 });
});

it.each([
  ["PUT", "/suspended", undefined, 204],
  ["DELETE", "/suspended", undefined, 204],
  ["DELETE", "", undefined, 204],
  ["DELETE", "", "2026-03-10", 202],
])(
  "%s /app/installations/{installation_id}%s under version %s: %i, and 404 of one that is not there",
  async (...row) => {
    const [method, path, version, status] = row;
    const more = { headers: version ? { "x-github-api-version": version } : {} };
    const nowhere = app(path).replace(String(fake.installation()), "1");
    expect((await fake.ask(method, app(path), bearer(), more)).status).toBe(status);
    expect((await fake.ask(method, nowhere, bearer(), more)).status).toBe(404);
    expect((await fake.ask(method, app(path))).status).toBe(401);
    expect((await fake.ask(method, app(path), `token ${await fake.token()}`)).status).toBe(401);
  },
);

it("stops one installation and not another", async () => {
  const other = fake.github.admit("github/deploy-key").config;
  const path = `/app/installations/${Number(other["installationId"])}/access_tokens`;
  const minted = async () => [(await fake.mint()).status, (await fake.ask("POST", path, bearer())).status];
  await fake.ask("PUT", app("/suspended"), bearer());
  expect(await minted()).toEqual([403, 201]);
  await fake.ask("DELETE", app("/suspended"), bearer());
  expect(await minted()).toEqual([201, 201]);
  await fake.ask("DELETE", app(), bearer());
  expect(await minted()).toEqual([404, 201]);
  const { body } = await fake.ask("GET", "/app", bearer());
  expect(body["installations_count"]).toBe(1);
});

it("holds newcomers to what is set", async () => {
  fake.github.set("suspended", true);
  fake.github.set("installed", false);
  const { installationId } = fake.github.admit("github/installation-token").config;
  const path = `/app/installations/${Number(installationId)}`;
  expect((await fake.ask("GET", path, bearer())).status).toBe(404);
  fake.github.set("installed", true);
  expect((await fake.ask("GET", path, bearer())).body["suspended_at"]).toMatch(/^\d{4}-.*T[\d:]+Z$/);
});
