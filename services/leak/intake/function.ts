import { systemClock } from "../../clock.js";
import { declarationInvalid } from "../../config/declare.js";
import { deployedDeclarations } from "../../config/deployed.js";
import { createIntake, type Intake } from "./intake.js";
import { type IntakeBuses, intakeVariables } from "./variables.js";

export { createIntake } from "./intake.js";

let made: Promise<Intake> | undefined;

/** What Lambda calls. Declarations are read once a process, from the file beside the code. */
export const handler: Intake = async (event, context) => {
  made ??= deployedDeclarations().then((declarations) =>
    createIntake({
      declarations,
      buses: busesFrom(process.env),
      clock: systemClock,
      aws: {},
      requestTimeoutMs: 3_000,
      log: (line) => process.stdout.write(`${line}\n`),
    }),
  );
  return (await made)(event, context);
};

/** @throws KeyturnError `declaration_invalid`, naming the variable that is missing */
export function busesFrom(environment: NodeJS.ProcessEnv): IntakeBuses {
  const read = (name: keyof IntakeBuses): string => {
    const variable = intakeVariables[name];
    const value = environment[variable];
    if (value) return value;
    throw declarationInvalid(
      `no ${variable} in the function's environment`,
      "Set it, as Keyturn's stack does.",
    );
  };
  return { environment: read("environment"), events: read("events"), work: read("work") };
}
