import { CfnOutput, Stack, type StackProps, Token } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { KeyturnError } from "../services/errors.js";
import { Alarms } from "./alarms.js";
import { Environment } from "./environment.js";
import type { FunctionAsset } from "./function-asset.js";
import { LeakIntake } from "./leak-intake.js";
import { LeakIntakeAlarms } from "./leak-intake-alarms.js";
import { ResumeRole } from "./resume-role.js";
import { RotationFunction } from "./rotation-function.js";

export interface KeyturnStackProps extends StackProps {
  /** Account and Region, both known: names of schedules are made from them. */
  readonly env: { readonly account: string; readonly region: string };
  /** As the declarations name it. */
  readonly environment: string;
  /** One for each provider in use, as `functionAssets` made them. */
  readonly assets: readonly FunctionAsset[];
  /** The folder that `leakIntakeAsset` made of the same declarations. */
  readonly leakIntake: string;
  /** ARN of the SNS topic that hears of alarms. */
  readonly alarmTopic?: string | undefined;
}

/**
 * One environment: what its functions share, one function a provider, and the secrets declared for it, each with the
 * schedule that rotates it. Deleting the stack deletes every schedule, those that end a key when its overlap is over
 * too: such a key is then somebody's to end. Secrets and the log of events stay.
 * @throws KeyturnError `declaration_invalid` when account or Region are not known, or `alarmTopic` is none.
 */
export class KeyturnStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { assets, environment: name, leakIntake, alarmTopic, ...props }: KeyturnStackProps,
  ) {
    super(scope, id, props);
    if (Token.isUnresolved(this.account) || Token.isUnresolved(this.region)) {
      throw new KeyturnError("declaration_invalid", {
        expected: "a stack whose account and Region are known: schedules are named after them",
        found: "env without account or region",
        next: "Give the stack env: { account, region }.",
      });
    }
    if (alarmTopic !== undefined && !/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w.-]+$/.test(alarmTopic)) {
      throw new KeyturnError("declaration_invalid", {
        expected: "the ARN of an SNS topic as alarmTopic",
        found: "something else",
        next: "Give it as arn:aws:sns:<region>:<account>:<name>, or leave it out.",
      });
    }
    const environment = new Environment(this, "Environment", name);
    const functions = assets.map(
      (asset) => new RotationFunction(this, asset.provider.id, environment, asset),
    );
    for (const one of functions) new Alarms(this, `${one.provider} alarms`, name, one, alarmTopic);
    const { role } = new ResumeRole(this, "Resume", environment, functions);

    const intake = new LeakIntake(this, "Leaks", environment, functions, leakIntake);
    new LeakIntakeAlarms(this, "Leak alarms", name, intake, alarmTopic);

    new CfnOutput(this, "ScheduleGroup", { value: environment.group.ref });
    new CfnOutput(this, "EventBus", { value: environment.bus.eventBusName });
    new CfnOutput(this, "EventLog", { value: environment.logGroup.logGroupName });
    new CfnOutput(this, "LeakBus", {
      description: "Where leaks are reported; whoever may put events there has secrets rotated.",
      value: intake.bus.eventBusName,
    });
    new CfnOutput(this, "ResumeRole", {
      description: "What pauses with an end act with; whoever pauses must be allowed to pass it.",
      value: role.roleName,
    });
  }
}
