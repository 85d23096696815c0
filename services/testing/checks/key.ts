import { Secret } from "../../../providers/kit/secret.js";
import { keyOf } from "../../leak/canonical.js";
import { recognise } from "../../leak/recognise.js";
import { makeKey, newLabel, type Probe } from "../bench.js";
import { must } from "../check.js";
import { Planted } from "../planted.js";

export const shape: Probe = async (bench) => {
  const key = await makeKey(bench, bench.admit());
  const wanted = [...bench.subject.provider.fields].sort().join(", ");
  const names = Object.keys(key.fields).sort().join(", ");
  must(names === wanted, `the fields ${wanted}`, names);
  for (const [name, secret] of Object.entries(key.fields)) {
    must(secret instanceof Secret && secret.reveal() !== "", `a Secret that is not empty in ${name}`, "none");
  }
  must(key.handle !== "", "a handle", "an empty one");
  const planted = new Planted();
  planted.plantKey(key);
  must(planted.shownIn(key.handle).length === 0, "a handle that reveals nothing of the key", "that it does");
};

export const handle: Probe = async (bench) => {
  const { handleOf } = bench.subject.provider;
  if (!handleOf) return;
  const customer = bench.admit();
  for (const key of [await makeKey(bench, customer), await makeKey(bench, customer)]) {
    must(handleOf(key.fields) === key.handle, "the handle that the key was made with", "another one");
  }
};

/** How a key stands in a text, with whatever else a value or a log has. */
const places: readonly ((text: string, around: string) => string)[] = [
  (text) => text,
  (text, around) => `${around}: Bearer ${text}\r\naccept: */*`,
  (text, around) => JSON.stringify({ around, text }),
  (text, around) => `/?around=${around}&key=${encodeURIComponent(text)}&more=1`,
];

export const recognised: Probe = async (bench) => {
  const { provider } = bench.subject;
  const { recognition } = provider;
  if (!recognition) return;
  const customer = bench.admit();
  const seen = new Set<string>();
  for (const label of [newLabel(), newLabel()]) {
    const { fields, handle } = await makeKey(bench, customer, label);
    const text = fields[recognition.field]?.reveal() ?? "";
    const key = keyOf(recognition, text);
    must(key !== undefined, `what ${recognition.field} holds to be told as one key`, "that it is not");
    for (const place of places) {
      const written = place(text, `${label} ${handle}`);
      const hits = recognise(Buffer.from(written), { providers: [provider], foreign: [] });
      const itself = hits.filter(({ canonical }) => canonical.reveal() === key);
      must(itself.length === 1 && hits.length === 1, "a text with a key to show this one", `${hits.length}`);
    }
    seen.add(key);
  }
  must(seen.size === 2, "two keys to have two canonical forms", "one");
};
