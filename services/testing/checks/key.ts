import { Secret } from "../../../providers/kit/secret.js";
import { makeKey, type Probe } from "../bench.js";
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
