import type { Bench, Probe } from "../bench.js";
import { must } from "../check.js";
import { outcomeOf, wordOf } from "../outcome.js";
import { everythingOf } from "../planted.js";

const member = "conformanceUnknownMember";
const planted = "conformance-planted-value";

export const closed: Probe = async (bench) => {
  const { provider } = bench.subject;
  const { config, admin } = bench.admit();
  const taken = await outcomeOf(provider.checkConfig(config), 5000);
  must(taken.kind === "value", "the config that the fake admits to be taken", wordOf(taken));
  const refused: readonly (readonly [string, unknown, unknown, string])[] = [
    ["a config with an unknown member", { ...config, [member]: planted }, admin, "config_invalid"],
    ["a config that is no object", planted, admin, "config_invalid"],
    ["an admin credential with an unknown member", config, { ...admin, [member]: planted }, "admin_rejected"],
    ["an admin credential that is no object", config, planted, "admin_rejected"],
  ];
  for (const [what, wrongConfig, wrongAdmin, code] of refused) {
    const outcome = await outcomeOf(connect(bench, wrongConfig, wrongAdmin), 5000);
    must(wordOf(outcome) === code, `${what} to be ${code}`, wordOf(outcome));
    const text = outcome.kind === "thrown" ? everythingOf(outcome.thrown) : "";
    must(!text.includes(planted), `${what} to be refused without showing it`, "its value in the error");
  }
};

function connect(bench: Bench, config: unknown, admin: unknown): Promise<unknown> {
  const { signal } = new AbortController();
  const { provider } = bench.subject;
  const unused = () => Promise.reject(new TypeError("nothing is to be asked"));
  const lent = { endpoint: provider.endpoint, fetch: unused, signal, timeoutMs: 1000, now: bench.now };
  return provider.connect({ ...lent, config, admin });
}
