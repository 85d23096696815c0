import type { RotateSecretRequest } from "@aws-sdk/client-secrets-manager";
import { startSecretsManager, wellBehaved } from "./harness.js";

export const hour = 3_600_000;
export const day = 24 * hour;

export const iso = (date: Date | undefined) => date?.toISOString().replace(".000Z", "Z");

/** One Secrets Manager for a file of tests about schedules, with a secret and a function that notes its calls. */
export async function startScheduled() {
  let close: () => Promise<void> = () => Promise.resolve();
  const aws = await startSecretsManager((end) => {
    close = end;
  });
  const { client, timeline } = aws;
  const described = () => client.describeSecret({ SecretId: "app/key" });
  const state = {
    /** Whether the function fails now. */
    broken: false,
    /** What it was called with, and when. */
    calls: [] as { at: string; step: string; token: string; secret: string }[],
  };
  const run = wellBehaved(aws, ({ Step: step, ClientRequestToken: token, SecretId: arn }) => {
    const secret = arn.split(":").at(-1)?.slice(0, -7) ?? "";
    state.calls.push({ at: iso(timeline.now()) ?? "", step, token, secret });
    if (state.broken) throw new Error("refused");
  });
  return {
    ...aws,
    close: () => close(),
    state,
    described,
    /** Saturday 2026-11-21, 10:00, and a secret that was just made. */
    begin: async () => {
      aws.reset();
      state.broken = false;
      state.calls = [];
      aws.register(run);
      await aws.createSecret();
    },
    next: async () => iso((await described()).NextRotationDate),
    /** When rotations began. */
    began: () => state.calls.filter(({ step }) => step === "createSecret").map(({ at }) => at),
    /** Sets rules without rotating now; the dry run that this makes is over. */
    schedule: async (RotationRules: RotateSecretRequest["RotationRules"]) => {
      await aws.rotate({ RotationRules, RotateImmediately: false });
      await timeline.idle();
      state.calls = [];
    },
  };
}
