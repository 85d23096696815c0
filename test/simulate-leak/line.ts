import type { Clock } from "../../services/clock.js";
import { serviceNamed } from "../../services/sandbox/aws/aws-service.js";
import { loopbackOnly } from "../../services/sandbox/guard.js";
import type { Service } from "../../services/sandbox/parts.js";
import type { Sandbox } from "../../services/sandbox/sandbox.js";
import { serve } from "../../services/sandbox/server.js";
import { type Toll, tollMs } from "./tolls.js";
import type { Call, Who } from "./track.js";

/** The way of one caller to AWS and to the vendor. Base URLs. */
export interface Line {
  readonly aws: string;
  readonly vendor: string;
  close(): Promise<void>;
}

export interface LineParts {
  readonly sandbox: Sandbox;
  readonly vendor: "github" | "stripe";
  readonly who: Who;
  /** Of the caller: while a call is on its way, the caller sleeps on it. */
  readonly clock: Clock;
  readonly onlooker: Onlooker;
}

export interface Onlooker {
  /** A call has reached its service, which is about to deal with it. */
  arrived(): void;
  /** It was answered. */
  answered(call: Call): void;
}

/** Ports of the sandbox's own services, behind which each call takes its time on the sandbox's clock. */
export async function openLine({ sandbox, vendor, who, clock, onlooker }: LineParts): Promise<Line> {
  const { scheduler, bus, queues, logs } = sandbox.aws;
  const beside = [scheduler, bus, queues, logs];
  const taking = (on: Toll, service: Service): Service => ({
    async handle(request) {
      const began = clock.now().getTime();
      await clock.sleep(tollMs[on]);
      onlooker.arrived();
      const answer = await service.handle(request);
      onlooker.answered({ who, on, began, ended: clock.now().getTime() });
      return answer;
    },
  });
  const common = { port: 0, faults: sandbox.faults, record: () => undefined, guard: loopbackOnly };
  const aws = await serve(
    taking("aws", {
      handle: (request) => (serviceNamed(beside, request) ?? sandbox.secretsManager).handle(request),
    }),
    // Real time, as the sandbox's own: an AWS SDK takes a moved clock for its machine's fault.
    { ...common, name: "aws", now: () => new Date() },
  );
  const at = await serve(taking("vendor", sandbox.vendors[vendor]), {
    ...common,
    ...{ name: vendor, now: sandbox.timeline.now },
  });
  return {
    ...{ aws: aws.url, vendor: at.url },
    close: async () => {
      await Promise.all([aws.close(), at.close()]);
    },
  };
}
