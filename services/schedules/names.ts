import { hash32 } from "../../providers/kit/label.js";
import { resumeRoleName } from "../environment-names.js";
import type { SecretRef } from "../rotation/event.js";

/** What stands for a secret in names: 16 base32 characters that reveal nothing, as in its keys' labels. */
export function secretIdOf({ account, region, name }: Omit<SecretRef, "arn">): string {
  return hash32(16, account, region, name);
}

/** The role that schedules act with at the end of a pause, for the secrets of this secret's account and Region. */
export function resumeRoleOf(arn: string, environment: string): string {
  const [, partition = "", , region = "", account = ""] = arn.split(":");
  return `arn:${partition}:iam::${account}:role/${resumeRoleName(environment, region)}`;
}

/** The schedule that starts the rotations of a secret. */
export const routineName = (secretId: string) => `kt-${secretId}`;

/** The one-time schedule that ends the key of an old version. */
export const endName = (secretId: string, versionId: string) => `kt-end-${secretId}-${hash32(12, versionId)}`;

/** What the names of a secret's watches begin with. */
export const watchesOf = (secretId: string) => `kt-watch-${secretId}-`;

/** The one-time schedule that looks whether the keys of leaked versions are dead, in whatever order they were reported. */
export const watchName = (secretId: string, ...versionIds: readonly string[]) =>
  `${watchesOf(secretId)}${hash32(12, ...[...versionIds].sort())}`;

/** What a pause remembers of the routine schedule. */
export const resumeName = (secretId: string) => `kt-resume-${secretId}`;

/** What a pause remembers of the secret's own rotation rule. */
export const resumeNativeName = (secretId: string) => `kt-resume-${secretId}-native`;

/** The secret's id in the name of a routine schedule; undefined for any other name. */
export function routineSecretId(name: string): string | undefined {
  return /^kt-([a-z2-7]{16})$/.exec(name)?.[1];
}
