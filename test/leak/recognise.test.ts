import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import ssh2 from "ssh2";
import { describe, expect, it } from "vitest";
import { classicText, randomText } from "../../providers/github/fake/token-text.js";
import { publicHalf } from "../../providers/github/ssh-key.js";
import { foreignKeys } from "../../providers/index.js";
import { Secret } from "../../providers/kit/secret.js";
import { makeToken } from "../../providers/stripe/fake/secrets.js";
import { longestText } from "../../services/leak/recognise.js";
import { found, hitsIn, known, make } from "./keys.js";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const everyByte = (text: string, write: (code: string) => string) =>
  [...text].map((letter) => write(letter.charCodeAt(0).toString(16).padStart(2, "0"))).join("");

/** A token that stands in a text. */
const places: readonly (readonly [string, (token: string) => string | Uint8Array])[] = [
  ["alone", (token) => token],
  ["with a line break", (token) => `${token}\r\n`],
  ["in double quotes", (token) => `const key = "${token}";`],
  ["in single quotes and brackets", (token) => `keys = ['${token}']`],
  ["in backticks, before a full stop", (token) => `I pasted \`${token}\`. Sorry.`],
  ["before a full stop and a comma", (token) => `It was ${token}., was it?`],
  ["in angle brackets", (token) => `<${token}>`],
  ["after Authorization: Bearer", (token) => `authorization: Bearer ${token}\r\naccept: */*`],
  ["after Authorization: token", (token) => `-H 'Authorization: token ${token}' https://api.github.com`],
  ["after Authorization: Basic, as password", (token) => `Authorization: Basic ${base64(`x:${token}`)}`],
  ["after Authorization: Basic, as user", (token) => `"Authorization": "Basic ${base64(`${token}:`)}"`],
  ["in base64 behind a path", (token) => `GET /check/${base64(`x-access-token:${token}`)} HTTP/1.1`],
  ["in an .env line", (token) => `A=1\nexport STRIPE_KEY=${token}\nB=2`],
  ["in a JSON line", (token) => JSON.stringify({ level: "info", key: token })],
  ["in JSON within JSON", (token) => JSON.stringify({ body: JSON.stringify({ key: token, n: "\n" }) })],
  ["behind an escaped line break", (token) => JSON.stringify({ log: `first\n${token}\tand` })],
  ["escaped to the last character", (token) => `"${everyByte(token, (code) => `\\u00${code}`)}"`],
  ["in a URL's user", (token) => `git clone https://x-access-token:${token}@github.com/acme/app.git`],
  [
    "in a query, encoded twice",
    (token) => `?next=${encodeURIComponent(encodeURIComponent(`/?t=${token}&a`))}`,
  ],
  ["in a URL, encoded to the last character", (token) => `/?key=${everyByte(token, (code) => `%${code}`)}`],
  ["in HTML", (token) => `<td>&quot;${token}&quot;</td>`],
  ["in HTML, as numbers", (token) => [...token].map((one) => `&#${one.charCodeAt(0)};`).join("")],
  [
    "in mail, broken by a soft line break",
    (token) => `key=3D${token.slice(0, 20)}=\r\n${token.slice(20)}\r\n`,
  ],
  ["in a terminal's colours", (token) => `key: \u001b[01;31m\u001b[K${token}\u001b[m\u001b[K`],
  ["in base64, wrapped", (token) => base64(`${"x".repeat(200)} ${token} y`).replace(/.{76}/g, "$&\n")],
  ["in base64 within base64", (token) => `data: ${base64(base64(`token: ${token}\n`))}`],
  ["in UTF-16", (token) => Buffer.from(`\uFEFFkey ${token}`, "utf16le")],
  ["in UTF-16, big end first", (token) => Buffer.from(`\uFEFFkey ${token}`, "utf16le").swap16()],
  [
    "behind what is no UTF-8",
    (token) => Buffer.concat([Buffer.from([0xff, 0xc3, 0x28, 0]), Buffer.from(token)]),
  ],
  ["twice", (token) => `${token} ${token}`],
];
const tokens = [
  ["github/installation-token", "of 40 characters", make.classic],
  ["github/installation-token", "of 520 characters", make.stateless],
  ["stripe/restricted-key", "", make.restricted],
  ["stripe/webhook-secret", "", make.signing],
] as const;

describe.each(tokens)("a key of %s %s is found once, and nothing else", (kind, _, makeOne) => {
  it.each(places)("%s", (_place, write) => {
    const token = makeOne();
    expect(found(write(token))).toEqual([`${kind} ${token}`]);
  });
});

/** A private key that stands in a text. */
const wrappings: readonly (readonly [string, (pem: string) => string])[] = [
  ["as it is", (pem) => pem],
  ["with CRLF", (pem) => pem.replaceAll("\n", "\r\n")],
  ["with lines of other lengths", (pem) => rewrapped(pem, 48)],
  ["in one line", (pem) => pem.trim().replaceAll("\n", " ")],
  ["in one line without spaces", (pem) => rewrapped(pem, 4096)],
  ["in JSON", (pem) => JSON.stringify({ privateKey: pem })],
  ["in JSON within JSON", (pem) => JSON.stringify({ SecretString: JSON.stringify({ privateKey: pem }) })],
  ["in an .env line", (pem) => `KEY="${pem.trim().replaceAll("\n", "\\n")}"`],
  ["in YAML", (pem) => `key: |\n${pem.replace(/^(?=.)/gm, "    ")}other: 1`],
  ["in a diff that adds it", (pem) => `@@ -0,0 +1,9 @@\n${pem.replace(/^(?=.)/gm, "+")}`],
  ["in a diff that takes it away", (pem) => pem.replace(/^(?=.)/gm, "-")],
  ["quoted in mail", (pem) => pem.replace(/^(?=.)/gm, "> > ")],
  ["in a comment", (pem) => `/**\n${pem.replace(/^(?=.)/gm, " * ")} */`],
  ["in source code", (pem) => pem.trim().replace(/^.*$/gm, '  "$&\\n" +')],
  ["in source code, quoted once a line", (pem) => pem.trim().replace(/^.*$/gm, '"$&"')],
  ["in a form", (pem) => new URLSearchParams({ key: pem }).toString()],
  ["in base64", (pem) => `privateKey: ${base64(pem)}`],
  ["in base64, wrapped", (pem) => base64(pem).replace(/.{76}/g, "$&\n")],
  ["twice, wrapped in two ways", (pem) => `${pem}\n${rewrapped(pem, 64)}`],
];

function rewrapped(pem: string, width: number): string {
  const [, begin = "", body = "", end = ""] = /^(-.*-\n)([\s\S]*\n)(-.*-\n)$/.exec(pem) ?? [];
  return `${begin}${body.replace(/\s/g, "").replace(new RegExp(`.{1,${width}}`, "g"), "$&\n")}${end}`;
}

/** What stands in a PEM, between its two lines. */
const framed = (kind: string, ...lines: readonly string[]) =>
  [`-----${"BEGIN"} ${kind}-----`, ...lines, `-----${"END"} ${kind}-----`].join("\n");

describe("a private key is its public key", () => {
  it.each(wrappings)("%s", (_, write) => {
    const pem = make.privateKey();
    expect(found(write(pem))).toEqual([`github/deploy-key ${publicHalf(new Secret(pem)).line}`]);
  });

  const pkcs8 = (type: "rsa" | "ec") =>
    type === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey
      : generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

  it("in PKCS#8 as in OpenSSH's format", () => {
    const head = Buffer.from("302e020100300506032b657004220420", "hex");
    const der = Buffer.concat([head, randomBytes(32)]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    const { x = "" } = key.export({ format: "jwk" });
    const blob = Buffer.concat([
      Buffer.from("0000000b7373682d6564323535313900000020", "hex"),
      Buffer.from(x, "base64url"),
    ]);
    const pem = key.export({ format: "pem", type: "pkcs8" }).toString();
    expect(found(pem)).toEqual([`github/deploy-key ssh-ed25519 ${blob.toString("base64")}`]);
  });

  it.each([
    ["rsa", "pkcs1", /^github\/deploy-key ssh-rsa /],
    ["ec", "sec1", /^github\/deploy-key ecdsa-sha2-nistp256 /],
  ] as const)("of kind %s, in its own format and in PKCS#8", (type, format, shape) => {
    const key = pkcs8(type);
    const own =
      type === "rsa"
        ? key.export({ format: "pem", type: "pkcs1" })
        : key.export({ format: "pem", type: "sec1" });
    const [one = "", ...more] = found(`${own}\n${key.export({ format: "pem", type: "pkcs8" })}`);
    expect(one, format).toMatch(shape);
    expect(more).toEqual([]);
  });

  it("of which the format shows the public key, though the rest is encrypted", () => {
    const made = ssh2.utils.generateKeyPairSync("ecdsa", {
      ...{ bits: 256, passphrase: randomText(20), cipher: "aes256-ctr", rounds: 1 },
    });
    expect(found(made.private)).toEqual([`github/deploy-key ${made.public.trim()}`]);
  });

  it("and one that is cut off, damaged, or none at all is not found", () => {
    const pem = make.privateKey();
    const lines = pem.split("\n");
    const damaged = lines.with(3, `${lines[3]?.slice(0, 30)}AAAA${lines[3]?.slice(34)}`).join("\n");
    const short = lines.toSpliced(2, 2).join("\n");
    const publicKey = publicHalf(new Secret(pem)).line;
    expect(found(pem.slice(0, 300))).toEqual([]);
    expect(found(short)).toEqual([]);
    expect(found(publicKey)).toEqual([]);
    expect(found(framed("PRIVATE KEY", "bm8ga2V5"))).toEqual([]);
    expect(found(framed("OPENSSH PRIVATE KEY"))).toEqual([]);
    expect(found(damaged)).toEqual([]);
  });
});

it("finds several keys of several kinds in one text, each once, and tells those that no provider rotates by kind and remedy", () => {
  const ours = [make.classic(), make.restricted(), make.signing()];
  const others = ["ghp_", "gho_", "ghu_", "ghr_"].map((prefix) => prefix + randomText(36));
  const fine = `github_pat_${randomText(22)}_${randomText(59)}`;
  const secret = makeToken("sk", "live", "acct_1AbCdEfGhIjKlMn");
  const pem = make.privateKey();
  const text = [...ours, ...others, fine, secret].map((key) => JSON.stringify({ key })).join("\n");
  const hits = hitsIn(`${text}\n${pem}\n${text}`);
  expect(hits.map(({ kind }) => kind).sort()).toEqual(
    [
      ...["github/app-refresh-token", "github/app-user-token", "github/classic-personal-access-token"],
      ...["github/deploy-key", "github/fine-grained-personal-access-token", "github/installation-token"],
      ...["github/oauth-token", "stripe/restricted-key", "stripe/secret-key", "stripe/webhook-secret"],
    ].sort(),
  );
  const revocable = hits.flatMap((hit) =>
    !hit.rotated && hit.publiclyRevocable ? [hit.canonical.reveal()] : [],
  );
  expect(revocable.sort()).toEqual([...others, fine].sort());
  for (const hit of hits) expect(hit.rotated || /\w{4}/.test(hit.advice)).toBe(true);
});

it("prints nothing of a key", () => {
  const keys = [make.stateless(), make.restricted(), make.privateKey(), classicText("ghp_")];
  const hits = hitsIn(keys.join("\n"));
  expect(hits).toHaveLength(4);
  const shown = `${inspect(hits, { depth: 9, showHidden: true })} ${JSON.stringify(hits)} ${String(hits)}`;
  for (const { canonical } of hits) expect(shown.includes(canonical.reveal().slice(0, 20))).toBe(false);
});

it("is not taken in by words that only begin like keys, nor by keys that are too short to be any", () => {
  const texts = [
    ...[
      "ghs_",
      `ghs_${"x".repeat(20)}`,
      `lighs_${randomText(36)}`,
      `mark_live_${randomText(40)}`,
      "rk_test_123",
    ],
    ...["rk_live_…", `rk_live_${"*".repeat(40)}`, `whsec_${randomText(12)}`, "$STRIPE_KEY", "sk_test_4eC3"],
  ];
  for (const text of texts) expect(found(text), text.slice(0, 8)).toEqual([]);
});

it("a checked token ends where its checksum stands, whatever it runs into", () => {
  const token = make.classic();
  expect(found(`${token}.log ${token}-old ${token}_1`)).toEqual([`github/installation-token ${token}`]);
});

it("reads up to 1 MB, and refuses more, without showing any of it", () => {
  const token = make.restricted();
  expect(found(token.padStart(longestText, " "))).toEqual([`stripe/restricted-key ${token}`]);
  expect(() => hitsIn(token.padStart(longestText + 1, " "))).toThrow(
    expect.objectContaining({
      code: "leak_input_too_large",
      message: expect.stringContaining("1048577 bytes"),
    }),
  );
});

it("finds nothing where nothing is known, and no fingerprint is made of what can be guessed", () => {
  const text = make.restricted();
  const bare = known.providers.map(({ recognition: _, ...provider }) => provider);
  const weak = known.providers.map(({ recognition, ...provider }) =>
    recognition ? { ...provider, recognition: { ...recognition, entropyBits: 127 } } : provider,
  );
  expect(hitsIn(text, { providers: bare, foreign: [] })).toEqual([]);
  expect(hitsIn(text, { providers: weak, foreign: foreignKeys })).toMatchObject([{ fingerprint: undefined }]);
  expect(hitsIn(text)).toMatchObject([{ fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
});

describe("takes time in proportion to a text, however it is made", () => {
  const [begin = ""] = framed("OPENSSH PRIVATE KEY").split("\n");
  const base64Twice = base64(base64("AAAA".repeat(300)));
  const worst = [
    ...["ghs_", "ghs_.-", `ghs_${"a".repeat(30)} `, "rk_live_", `${begin}\n${"AbC+".repeat(15)}\n`],
    ...["-----END OPENSSH PRIVATE KEY-----\n", "A", `${"QUFB".repeat(19)}\n`, `  ${"QUFB".repeat(19)} x\n`],
    ...[" ", " \n", "\\", "\\\\u0025", "&amp;", "=\n", "-", "\u001b[0;"],
  ];
  const seconds = (piece: string, length: number) => {
    const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
    const began = performance.now();
    hitsIn(text);
    return (performance.now() - began) / 1000;
  };

  it.each([
    // A tenth of a second; six where each is looked for to the end of the text.
    ["beginnings of private keys", `${begin}\nAbC+\n`, 3],
    ["base64 of base64", base64Twice, 6],
    ["escapes of escapes", "%25", 6],
  ])("1 MB of %s", (_, piece, most) => {
    expect(seconds(piece, longestText)).toBeLessThan(most);
  });

  it("128 kB of whatever could be gone over again and again", () => {
    const slow = worst.filter((piece) => seconds(piece, longestText / 8) > 3);
    expect(slow).toEqual([]);
  });
});
