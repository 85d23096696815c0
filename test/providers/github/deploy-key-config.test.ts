import { describe, expect, it } from "vitest";
import deployKey from "../../../providers/github/deploy-key.js";
import { config as schema } from "../../../providers/github/deploy-key-config.js";

describe("the config", () => {
  const least = { installationId: 17, repository: "owner/name" };

  it("says its defaults, and reads what it says as it is", () => {
    const parsed = schema.parse(least);
    expect(parsed).toEqual({ ...least, readOnly: true, verify: "ssh", ssh: "github.com:22" });
    expect(schema.parse(parsed)).toEqual(parsed);
  });

  it.each([
    { repository: "o/n" },
    { repository: "Octo-Org/.github" },
    { repository: "octo_short/a..b" },
    { ssh: "ssh.github.com:443" },
    { ssh: "HOST:65535" },
    { ssh: "10.0.0.1:22" },
    { readOnly: false, verify: "api" },
  ])("takes %j", async (change) => {
    await deployKey.checkConfig({ ...least, ...change });
  });

  it.each([
    ["installationId", { installationId: 0 }],
    ["installationId", { installationId: "17" }],
    ...[
      "name",
      "owner/",
      "/name",
      "owner/name/more",
      "owner/..",
      "owner/.",
      "../name",
      "owner name/x",
      "-o/n",
      17,
    ].map((repository): [string, object] => ["repository", { repository }]),
    ...[
      "github.com",
      "github.com:",
      "github.com:0",
      "github.com:65536",
      "git@github.com:22",
      "ssh://github.com:22",
    ].map((ssh): [string, object] => ["ssh", { ssh }]),
    ...["[::1]:22", "-host:22", "host-:22", "a b:22", ":22", "github.com:2x", 22].map(
      (ssh): [string, object] => ["ssh", { ssh }],
    ),
    ["verify", { verify: "https" }],
    ["readOnly", { readOnly: "yes" }],
    ["(the whole)", { title: "x" }],
  ])("refuses at %s: %j", async (path, change) => {
    await expect(deployKey.checkConfig({ ...least, ...change })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(`${path}: expected`),
    });
  });
});

it("the provider says what it is", () => {
  const { id, origin, fields, facts, endpoint } = deployKey;
  expect({ id, origin, fields, facts, endpoint }).toEqual({
    id: "github/deploy-key",
    origin: "generated",
    fields: ["privateKey"],
    facts: { settleSeconds: 10, deathSeconds: 20 },
    endpoint: "https://api.github.com",
  });
});
