import { AwsError } from "../errors.js";

/** Errors as EventBridge Scheduler answers them; `status` as in its model. */
export const validation = (message: string) => new AwsError("ValidationException", message, 400);
export const conflict = (message: string) => new AwsError("ConflictException", message, 409);
export const notFound = (message: string) => new AwsError("ResourceNotFoundException", message, 404);

export const groupNotFound = (name: string) => notFound(`Schedule group ${name} does not exist.`);
export const scheduleNotFound = (name: string) => notFound(`Schedule ${name} does not exist.`);
export const groupExists = (name: string) => conflict(`Schedule group ${name} already exists.`);
export const scheduleExists = (name: string) => conflict(`Schedule ${name} already exists.`);

/** Recorded. */
export const expressionInvalid = (expression: string) =>
  validation(`Invalid Schedule Expression ${expression}.`);
/** Reported by users, for UpdateSchedule too. */
export const startTooEarly = () =>
  validation("The StartDate you specify cannot be earlier than 5 minutes ago.");
