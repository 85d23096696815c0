import { userInfo } from "node:os";
import type { LeakOrder, RotateOrder } from "../rotate/order.js";

export interface RotateOptions {
  readonly leaked: boolean;
  readonly leakedValue?: string;
  readonly only: readonly string[];
  readonly madeBefore?: Date;
  readonly killFirst: boolean;
  readonly evenSo: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly now: boolean;
  readonly provider?: string;
  readonly tag?: { readonly key: string; readonly value: string };
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly concurrency: number;
  readonly yes: boolean;
  readonly revokeAtGithub: boolean;
  readonly githubApi: string;
  readonly config: string;
  readonly json: boolean;
}

/** Seconds. */
const followed = { rotation: 180, leak: 1800 };

/** What does not go together, in words; undefined when all does. No value of an option is repeated: it may be a key. */
export function usageProblem(secret: string | undefined, options: RotateOptions): string | undefined {
  const isMany = options.provider !== undefined || options.tag !== undefined || options.all;
  const isValue = options.leakedValue !== undefined;
  const isLeak = options.leaked || isValue;
  if (isValue && options.leakedValue !== "-")
    return "--leaked-value takes - alone: what leaked is read from standard input, because a command line can be seen by others";
  if (isValue && (secret !== undefined || isMany || options.only.length > 0))
    return "--leaked-value finds the secret by itself: leave out the name, --only, --provider, --tag and --all";
  if (!isLeak) return ordinaryProblem(secret, options, isMany);
  if (options.now) return "--now goes without --leaked, which waits for no overlap anyway";
  if (options.evenSo && !options.killFirst) return "--even-so goes with --kill-first";
  if (options.revokeAtGithub && !isValue) return "--revoke-at-github goes with --leaked-value";
  if (!isReachable(options.githubApi))
    return "--github-api takes an https URL, or http on a loopback address";
  if (isValue) return options.dryRun ? "--dry-run goes with --provider, --tag or --all" : undefined;
  if (secret === undefined && !isMany)
    return "expected the name of a secret, or --provider, --tag or --all, or --leaked-value -";
  if (secret !== undefined && isMany)
    return "expected the name of a secret, or --provider, --tag or --all, not both";
  if (isMany && options.only.some((which) => which.length >= 32))
    return "a version's id goes with one secret";
  if (!isMany && options.dryRun) return "--dry-run goes with --provider, --tag or --all";
  return undefined;
}

function ordinaryProblem(secret: string | undefined, options: RotateOptions, isMany: boolean) {
  const strange: readonly (readonly [string, boolean])[] = [
    ["--provider, --tag and --all", isMany],
    ["--only", options.only.length > 0],
    ["--made-before", options.madeBefore !== undefined],
    ["--kill-first", options.killFirst],
    ["--even-so", options.evenSo],
    ["--reason", options.reason !== undefined],
    ["--by", options.by !== undefined],
    ["--wait", options.wait === true],
    ["--dry-run", options.dryRun],
    ["--revoke-at-github", options.revokeAtGithub],
  ];
  const [wrong] = strange.find(([, given]) => given) ?? [];
  if (wrong !== undefined) return `${wrong} is for leaked keys: add --leaked`;
  return secret === undefined ? "expected the name of a secret" : undefined;
}

/** The order that a command line without a problem stands for. */
export function orderOf(secret: string | undefined, options: RotateOptions): RotateOrder {
  const { config, json, provider, tag, wait, timeout, yes, concurrency } = options;
  const common = { config, json };
  if (!options.leaked && options.leakedValue === undefined) {
    const followSeconds = wait === false ? 0 : (timeout ?? followed.rotation);
    return { ...common, kind: "ordinary", secret: secret ?? "", now: options.now, followSeconds };
  }
  const { only, madeBefore, killFirst, evenSo, reason } = options;
  const leak: LeakOrder = {
    reporting: {
      ...{ only, madeBefore, killFirst, evenSo, reason, source: "cli" },
      by: options.by ?? userHere(),
    },
    followSeconds: wait === true ? (timeout ?? followed.leak) : 0,
    ...{ yes, concurrency },
  };
  if (options.leakedValue !== undefined)
    return {
      ...common,
      ...leak,
      kind: "value",
      revokeAt: options.revokeAtGithub ? options.githubApi : undefined,
    };
  if (secret !== undefined) return { ...common, ...leak, kind: "leaked", secret };
  const typed = [
    ...(options.all ? ["--all"] : []),
    ...(provider === undefined ? [] : [`--provider ${provider}`]),
    ...(tag === undefined ? [] : [`--tag ${tag.key}=${tag.value}`]),
  ].join(" ");
  return { ...common, ...leak, kind: "many", selection: { provider, tag }, typed, dryRun: options.dryRun };
}

/** AWS knows better who calls; asking it takes a client of its own. */
function userHere(): string {
  try {
    return (
      userInfo()
        .username.replaceAll(/\p{Cc}/gu, "?")
        .slice(0, 256) || "unknown"
    );
  } catch {
    return "unknown";
  }
}

function isReachable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username || password) return false;
  return (
    protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname))
  );
}
