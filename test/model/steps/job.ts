import { currentKey, isHeld, pendingKey, read } from "../aws.js";
import { retire, verify } from "../vendor.js";
import { atom, go, type Program } from "./atoms.js";

/** The job at the end of the overlap (P13): it names a version (`previous`) and its key. Not shipped yet. */
export const job: Program = {
  "job.look": atom("looks at the labels", (w, me) => {
    const s = w.state;
    const version = me.previous;
    const { key } = w.version(version);
    // It fires when the overlap is over, or later.
    if (s.previous === version) s.overlap = 0;
    if (w.on("P13.claim") && (s.current === version || s.pending === version)) return "done";
    if (w.on("P2.guard") && w.on("P13.claim") && isHeld(w, key)) return "done";
    if (read(w, version) === 0) return "done";
    return go(w.on("P13.claim") ? "job.claim" : "job.retire", { ...me, key });
  }),

  "job.claim": atom("puts its claim on the version", (w, me) => {
    w.state.jobClaim = me.previous;
    return go("job.lookAgain", me);
  }),

  "job.lookAgain": atom("looks again", (w, me) => {
    const s = w.state;
    const inUse = currentKey(s) === me.key || pendingKey(s) === me.key;
    if (!inUse && s.rollbackClaim === 0) return go("job.retire", me);
    return go("job.dropClaim", me);
  }),

  "job.retire": atom("retires the key", (w, me) => {
    retire(w, me.key, "end of overlap");
    return go("job.seeDead", me);
  }),

  "job.seeDead": atom("sees it dead", (w, me) => {
    if (verify(w, me.key) === "accepted") return "waits";
    return w.on("P13.claim") ? go("job.unlabel", me) : "done";
  }),

  "job.unlabel": atom("takes AWSPREVIOUS and its claim off", (w, me) => {
    const s = w.state;
    if (s.pending !== 0) return "waits";
    if (s.previous === me.previous) s.previous = 0;
    if (s.jobClaim === me.previous) s.jobClaim = 0;
    return "done";
  }),

  "job.dropClaim": atom("drops its claim", (w, me) => {
    if (w.state.jobClaim === me.previous) w.state.jobClaim = 0;
    return "done";
  }),
};
