import type { FakeRequest, FakeResponse } from "../../../providers/kit/fake.js";

/** One service behind the AWS port. Its requests stand in the journal and in faults under its name. */
export interface AwsService {
  /** As in a signature's scope: `scheduler`, `events`, `sqs`, `logs`. */
  readonly name: string;
  /** Answers at once, so each request is atomic. The server writes the journal if the answer has `route` and `operation`. */
  handle(request: FakeRequest): FakeResponse;
  /** Behaviour switches, by name; throws RangeError for an unknown name or a wrong value, naming the known ones. */
  set(name: string, value: unknown): void;
  /** Forgets everything, what is planned included. */
  reset(): void;
}

/** The service that a request is signed for, if it is one of these. */
export function serviceNamed(
  services: readonly AwsService[],
  { headers }: Pick<FakeRequest, "headers">,
): AwsService | undefined {
  const [, name] =
    /Credential=[^/,\s]+\/\d{8}\/[a-z0-9-]+\/([a-z]+)\/aws4_request/.exec(headers["authorization"] ?? "") ??
    [];
  return services.find((service) => service.name === name);
}
