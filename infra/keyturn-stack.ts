import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { backstop } from "./backstop.js";
import type { FunctionAsset } from "./function-asset.js";
import { RotationFunction } from "./rotation-function.js";

export interface KeyturnStackProps extends StackProps {
  /** One for each provider in use, as `functionAssets` made them. */
  readonly assets: readonly FunctionAsset[];
}

/** One function a provider, and the secrets declared for it with AWS's own rotation rule. */
export class KeyturnStack extends Stack {
  constructor(scope: Construct, id: string, { assets, ...props }: KeyturnStackProps) {
    super(scope, id, props);
    for (const asset of assets) new RotationFunction(this, asset.provider.id, asset);

    const tooOften = assets
      .flatMap(({ declarations }) => Object.entries(declarations.secrets))
      .filter(([, { every }]) => !backstop(every).oftenEnough)
      .map(([name, { every }]) => `${name} (every ${every})`);
    if (tooOften.length > 0) {
      new CfnOutput(this, "StartedFromOutside", {
        description: "Declared more often than the 4 hours AWS allows: start these rotations yourself.",
        value: tooOften.join(", "),
      });
    }
  }
}
