/**
 * The rules of the protocol, one switch for each part that can be left out alone. `P<n>` are its numbered rules; `code.*`
 * is what the shipped code does beyond them.
 */
export const ruleTexts = {
  "P1.ids": "createSecret takes the previous version's id from its first look, not from the label later",
  "P2.handle": "keys are compared, not versions",
  "P2.labels": "labels of ours do not make a version hold its key",
  "P2.guard": "a retire looks whether AWSCURRENT or AWSPENDING holds the key",
  "P3.wait": "no key is made before the retired previous key was seen refused",
  "P3.find": "revoked keys that may still work are listed, and count",
  "P3.count": "living keys are counted right before a key is made",
  "P3.all": "no key is made while an orphan that was ended may live, even where there is room",
  "P4.fence": "a key of our own token is left alone as long as its maker may still store it",
  "P4.recheck": "before an orphan is retired: token still pending, still empty",
  "P4.own": "orphans of our own token are swept",
  "P5.readback": "a Put of unknown outcome is read back",
  "P5.held": "a key that a version holds is never compensated",
  "P6.status": "a dying key does not pass as accepted",
  "P7.exit": "a staged key that is dead or leaked ends the rotation by a hard abort",
  "P8.history": "where the vendor cannot list, unlabelled versions are swept",
  "P8.all": "... all of them: not only what the current key replaced, and what is younger than it",
  "P9.idempotency": "the mint carries an idempotency key",
  "P9.attempt": "... which counts the keys this rotation has made",
  "P9.nonce": "... and a nonce: another process gets a conflict, not a replay",
  "P10.abandoned": "a step never retires the key of a token that is not its turn",
  "P11.hard": "an abort writes a copy of the current value; taking AWSPENDING off is none",
  "P11.previous": "an abort ends the previous key first",
  "P12.look": "a look right before the Put",
  "P12.abort":
    "a hard abort looks again right before its Put, if it had to wait for the previous key's death",
  "P13.claim": "the overlap job claims its version and looks again",
  "P14.claim": "rollback claims its version and looks again; createSecret and jobs respect the claim",
  "P14.pending": "no rollback while AWSPENDING exists anywhere",
  "P15.name": "each mark names its version: one label sits on one version only",
  "P15.order": "the leak command marks first, then looks",
  "P15.pending": "a leaked pending key is retired only after a hard abort",
  "P15.refuse": "finishSecret refuses a marked version",
  "P16.arrange": "the end of the old key is arranged before the flip",
  "P16.after": "finishSecret reads the leak marks again after the flip",
  "P16.second": "whoever marked looks again, however the rotation ended",
  "P17.undo": "a registration that came too late is undone",
  "P17.previous": "... but not when AWSPREVIOUS holds the key: then it is not abandoned (P10)",
  "P17.twice": "the death of a leaked generated key is looked at once more after the function's time-out",
  "P18.returned": "PENDING+PREVIOUS is never promoted, but aborted",
  "P18.ever": "... nor a version that was current before and has lost its labels since",
  "P19.overlap": "createSecret refuses while the overlap of the previous key is open",
  "code.setSweep": "setSecret sweeps orphans before it counts",
  "code.setCount": "setSecret counts before it registers",
  "code.outwait": "orphans that the vendor forgets are waited out within the step",
  "code.from": "AWSCURRENT moves from the version that the staged key was made to replace, and from no other",
  "code.later": "a key that ended before a later one of ours was made counts as dead",
} as const;

export type Rule = keyof typeof ruleTexts;
export type Rules = Readonly<Record<Rule, boolean>>;

/** What is not a rule, and could become one: tried, and off unless a run says otherwise. */
export const proposalTexts = {
  "waiver.end": "P19 waived when the vendor refuses the current key: the previous one is ended at once",
  "waiver.keep":
    "P19 waived when the vendor refuses the current key: the previous one is kept beside the new one",
} as const;

export type Proposal = keyof typeof proposalTexts;

export function isRule(name: string): name is Rule {
  return name in ruleTexts;
}
