/** What a promise says, why it matters to a user's secret, and what of the protocol rests on it. */
export interface PromiseText {
  readonly promise: string;
  readonly why: string;
  readonly rules: string;
}

/** Every promise of the provider contract that the kit checks. */
export const promises = {
  "make.one": {
    promise:
      "The same rotation asked for twice, at once or later, makes one key, and whoever comes second is told to try again",
    why: "AWS may run a step twice. A second key is held by nobody, works, and breaks the bound of two.",
    rules: "P9, invariant 1",
  },
  "make.lost": {
    promise: "An answer that is lost, and the same rotation run again, leave one key",
    why: "A mint that sends again by itself leaves a key behind that works and that nobody holds.",
    rules: "P5, P9, invariant 4",
  },
  "register.twice": {
    promise:
      "The same key registered twice is one key under exactly its label, and only the call that made it says `created`",
    why: "Who is told `created` undoes the registration when its rotation is gone: said wrongly, it ends the key in use.",
    rules: "P17, invariant 5",
  },
  "register.lost": {
    promise: "A registration whose answer is lost, run again, leaves one key under its label",
    why: "A step is repeated until it succeeds: else the rotation can never finish.",
    rules: "P5, P17, invariant 5",
  },
  generate: {
    promise: "A key is made without the network, and every time another one",
    why: "Until it is stored nobody else may know it; and a key used twice cannot be rotated.",
    rules: "P17",
  },
  "key.shape": {
    promise: "A key has exactly the declared fields, filled, and a handle that reveals nothing",
    why: "An application would find its field empty; a handle is written to logs.",
    rules: "invariant 6",
  },
  "key.handle": {
    promise: "handleOf() of a key's fields is the key's handle",
    why: "Keys are compared by handle: another one lets the core end the key that is in use.",
    rules: "P2",
  },
  "key.recognised": {
    promise:
      "Every key that is made is told in a text, as the one that it is, whatever stands around it; its stored field says the same",
    why: "Someone finds a leaked key, and nobody can tell whose it is; or another secret is taken for it.",
    rules: "section 6",
  },
  "verify.life": {
    promise:
      "A living key is accepted, a retired one is rejected after `deathSeconds`, and asking changes nothing",
    why: "What is accepted is promoted; what is rejected counts as dead, and the next key is made.",
    rules: "P3, P6, invariant 2",
  },
  "verify.narrow": {
    promise: "A key that merely lacks a permission is accepted",
    why: "A new key of few rights would never be promoted, and a living old one would count as dead.",
    rules: "P3, P6",
  },
  "verify.proof": {
    promise: "Where the proof is `used`, the key itself is judged, and not its handle",
    why: "A value that is broken would pass the test because its record at the vendor is fine.",
    rules: "P6, invariant 2",
  },
  "retire.twice": {
    promise: "A key can be ended twice, at once, and again after an answer was lost; already gone is success",
    why: "A rotation that meets a key which is gone already would fail for ever.",
    rules: "P3, invariant 5",
  },
  "retire.handle": {
    promise: "A listed key can be ended by its handle alone",
    why: "Nobody has the value of a key whose maker crashed: it would live on.",
    rules: "P4, invariant 4",
  },
  "find.labels": {
    promise:
      "Every key that carries a label is listed, whoever's it is, with exactly its label, handle and time; none that ended is `active`",
    why: "A key that is not seen is never swept, and not counted; one under a wrong label or time is swept in use.",
    rules: "P3, P4, P9, invariant 4",
  },
  "find.pages": {
    promise: "All pages of the list are read",
    why: "An orphan on the second page lives for ever, and room is seen where there is none.",
    rules: "P3, P4",
  },
  others: {
    promise:
      "No verb touches another key: of the same secret, a neighbour, another installation, another account, or a human",
    why: "Somebody's production stands still.",
    rules: "P2, P10, invariant 4",
  },
  network: {
    promise: "A network fault is never an answer: no verdict, no list, no success that is none",
    why: "A key would be promoted that does not work, or made because a living one counted as dead.",
    rules: "P5, invariant 2",
  },
  status: {
    promise: "Every HTTP status maps to its code, and decides rightly whether to try again",
    why: "A passing fault would end the rotation; a lasting one would be tried for ever; the admin's 401 would pass for the key's death.",
    rules: "P3, P5, invariant 8",
  },
  shape: {
    promise: "A success of another shape is `unexpected`",
    why: "Whatever stands in between may answer 200; that is no key, no verdict and no end.",
    rules: "P5, invariant 8",
  },
  limits: {
    promise: "The wait that a limit's `retry-after` asks for is passed on",
    why: "The core would ask again too soon, and the vendor's limit would never end.",
    rules: "invariant 5",
  },
  errors: {
    promise: "Nothing but ProviderError is thrown",
    why: "Any other error carries headers and bodies into logs, and its code decides nothing.",
    rules: "invariants 6 and 8",
  },
  secrets: {
    promise:
      "No key, no admin credential and no word of the vendor's errors is in anything thrown, returned in the clear, printed, or in a URL",
    why: "Logs are read by many, kept for long, and shipped elsewhere.",
    rules: "invariant 6",
  },
  hosts: {
    promise: "Only the declared host is reached, through the lent fetch, wherever answers lead",
    why: "A redirect or a link could carry the admin credential to a stranger.",
    rules: "invariant 7",
  },
  abort: {
    promise: "Every verb ends soon after its AbortSignal aborts",
    why: "A step that is over but goes on makes or ends keys that nobody expects any more.",
    rules: "P4, P12",
  },
  time: {
    promise: "Every verb ends within its exchanges' time-outs",
    why: "A silent vendor would use up the step, and with it the time to clean up.",
    rules: "P4, invariant 5",
  },
  "facts.settle": {
    promise: "A new key is accepted within `settleSeconds`",
    why: "A good key would be given up as rejected.",
    rules: "P6",
  },
  "facts.death": {
    promise: "A retired key is refused within `deathSeconds`",
    why: "An orphan is waited out for so long: if it lives longer, three keys live.",
    rules: "P3, invariant 1",
  },
  "facts.end": {
    promise:
      "A key lives exactly as long as `expiresAt` says, within `lifetimeSeconds` where declared, and without an end where it says none",
    why: "A secret would end in use; or a lost key would outlive the bound that was declared for it.",
    rules: "P8, section 4",
  },
  config: {
    promise:
      "The vendor's own config and admin credential are taken, anything unknown in them is refused and not shown",
    why: "A misspelt restriction would be dropped in silence, and the key could do everything.",
    rules: "invariants 6 and 8",
  },
  fake: {
    promise:
      "The fake is one to check against: empty at first and after `reset`, it records each key with label, life and end, and refuses unknown settings",
    why: "A fake that is wrong hides the provider's bugs.",
    rules: "section 7",
  },
} as const satisfies Readonly<Record<string, PromiseText>>;

export type PromiseId = keyof typeof promises;
