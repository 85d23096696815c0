/** For authors of providers: checks every promise of the contract of a provider and its vendor's fake. */
export { BrokenPromise, type Check } from "./check.js";
export { conformance } from "./conformance.js";
export { type Report, type Result, report } from "./report.js";
export type { Besides, NotChecked, Quirk, Subject } from "./subject.js";
