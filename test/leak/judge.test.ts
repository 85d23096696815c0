import { describe, expect, it } from "vitest";
import { judgeLeaked, type LeakedKey, type Surrounding } from "../../services/rotation/leak/judge.js";

const key: LeakedKey = {
  ...{ kind: "key", held: "current", accepted: true },
  ...{ dying: false, killed: false, mayReturn: false, claimed: false },
};
const calm: Surrounding = { rotation: "none", enabled: true, kill: false };
const wait = (because: string) => ({ do: "wait", because });
const running = wait("the rotation is running");
const off = wait("rotation is off");
const mayReturn = wait("a run that may bring it back is not over");

describe("judgeLeaked: what a leaked key calls for now", () => {
  it.each<[string, Partial<LeakedKey>, Partial<Surrounding>, object]>([
    ["current", {}, {}, { do: "rotate" }],
    ["current and dead", { accepted: false }, {}, { do: "rotate" }],
    ["current and brought along", { kind: "brought" }, { kill: true }, { do: "rotate" }],
    ["current, a rotation runs", {}, { rotation: "running" }, running],
    ["current, AWS may have given up", {}, { rotation: "quiet" }, { do: "again" }],
    ["current, the rotation is stuck", {}, { rotation: "stuck" }, { do: "abort" }],
    ["current, rotation is off", {}, { enabled: false }, off],
    ["current, to be killed, rotation is off", {}, { enabled: false, kill: true }, off],
    ["current, off, and one is open", {}, { enabled: false, rotation: "stuck" }, off],
    ["current, to be killed", {}, { kill: true }, { do: "kill" }],
    ["current, to be killed, a rotation runs", {}, { kill: true, rotation: "running" }, { do: "abort" }],
    ["current, to be killed, one may be given up", {}, { kill: true, rotation: "quiet" }, { do: "abort" }],
    ["current, killed once, a rotation runs", { killed: true }, { kill: true, rotation: "running" }, running],
    ["current, killed and dying", { killed: true, dying: true }, { kill: true }, { do: "rotate" }],
    [
      "current, killed and dying, a rotation runs",
      { dying: true },
      { kill: true, rotation: "running" },
      running,
    ],
    ["current, killed and dead", { killed: true, accepted: false }, { kill: true }, { do: "rotate" }],
    ["current, killed in vain", { killed: true }, { kill: true }, { do: "kill" }],
    ["pending", { held: "pending" }, { rotation: "running" }, { do: "abort" }],
    [
      "pending, not known to its vendor",
      { held: "pending", accepted: false },
      { rotation: "running" },
      { do: "abort" },
    ],
    ["pending, nothing stored", { held: "pending", kind: "none" }, { rotation: "running" }, { do: "abort" }],
    ["pending, rotation is off", { held: "pending" }, { enabled: false }, { do: "abort" }],
    ["previous", { held: "previous" }, {}, { do: "retire" }],
    ["previous, a rotation runs", { held: "previous" }, { rotation: "running" }, { do: "retire" }],
    ["previous, rotation is off", { held: "previous" }, { enabled: false }, { do: "retire" }],
    ["previous and dying", { held: "previous", dying: true }, {}, wait("its vendor still accepts it")],
    [
      "previous, and a rollback to it",
      { held: "previous", claimed: true },
      {},
      wait("a rollback to it is under way"),
    ],
    ["previous and dead", { held: "previous", accepted: false }, {}, { do: "done" }],
    [
      "previous, dead, a rollback to it",
      { held: "previous", accepted: false, claimed: true },
      {},
      { do: "done" },
    ],
    [
      "previous and dead, may be registered",
      { held: "previous", accepted: false, mayReturn: true },
      {},
      mayReturn,
    ],
    ["previous, alive, may be registered", { held: "previous", mayReturn: true }, {}, { do: "retire" }],
    ["previous, brought along", { held: "previous", kind: "brought" }, {}, wait("it is not ours to end")],
    [
      "previous, brought along and dead",
      { held: "previous", kind: "brought", accepted: false },
      {},
      { do: "done" },
    ],
    ["nowhere", { held: "nowhere" }, {}, { do: "retire" }],
    ["nowhere, a run may bring it back", { held: "nowhere", mayReturn: true }, {}, mayReturn],
    ["nowhere and dead", { held: "nowhere", accepted: false }, {}, { do: "done" }],
    [
      "nowhere, dead, a run may bring it back",
      { held: "nowhere", accepted: false, mayReturn: true },
      {},
      mayReturn,
    ],
    ["no key", { held: "nowhere", kind: "none", accepted: false }, {}, { do: "done" }],
  ])("%s", (_, changes, around, act) => {
    expect(judgeLeaked({ ...key, ...changes }, { ...calm, ...around })).toEqual(act);
  });
});
