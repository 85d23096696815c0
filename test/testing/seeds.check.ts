import { expect, it } from "vitest";
import { shown } from "../redaction/outgoing.js";
import { subject } from "./acme-subject.js";
import { brokenOf, tried } from "./kept.js";
import { seeds } from "./seeds.js";

it.each(seeds)("$bug: breaks $breaks, and nothing else", async ({ provider, breaks }) => {
  // What changes how answers are read shows in the trials, and else nowhere but where it says so.
  const inTrials = breaks.some((id) => tried.includes(id));
  const wanted = (id: string) => tried.includes(id) === inTrials || breaks.includes(id);
  expect(await brokenOf({ ...subject, provider, fewStatuses: true }, wanted)).toEqual(breaks);
  // What such a bug lets out is seen by the whole suite's own check as well.
  expect(shown().length > 0).toBe(breaks.includes("secrets"));
});
