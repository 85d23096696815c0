import { AwsError } from "../errors.js";

/** A message to a queue. */
export interface Message {
  readonly body: string;
  /** String attributes, by name. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A message in a queue. Times are milliseconds since the epoch. */
export interface Kept extends Message {
  readonly id: string;
  readonly sentAt: number;
  /** Nobody is given it before. */
  visibleAt: number;
  receives: number;
  firstReceivedAt: number;
  /** Of the last receive: the only one that deletes it. */
  receipt: string;
}

/** What a queue is made with, as AWS names it. Seconds. */
export interface QueueSettings {
  /** How long whoever received a message has it alone. */
  readonly VisibilityTimeout: number;
  /** How long a message stays, read or not. */
  readonly MessageRetentionPeriod: number;
}

export const queueDefaults: QueueSettings = { VisibilityTimeout: 30, MessageRetentionPeriod: 345_600 };

export interface QueueParts {
  readonly arn: string;
  readonly settings: QueueSettings;
  readonly now: () => Date;
  readonly randomId: () => string;
}

/** A standard queue. Messages come in the order they were sent, which AWS does not promise. */
export class Queue {
  readonly arn: string;
  readonly settings: QueueSettings;
  readonly createdAt: Date;
  readonly #parts: QueueParts;
  #messages: Kept[] = [];

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.arn = parts.arn;
    this.settings = parts.settings;
    this.createdAt = parts.now();
  }

  get name(): string {
    return this.arn.slice(this.arn.lastIndexOf(":") + 1);
  }

  send(message: Message, delaySeconds = 0, id = this.#parts.randomId()): string {
    const sentAt = this.#now();
    const visibleAt = sentAt + delaySeconds * 1000;
    this.#messages.push({ ...message, id, sentAt, visibleAt, receives: 0, firstReceivedAt: 0, receipt: "" });
    return id;
  }

  /** Up to `most` messages that nobody has; they are the caller's alone for the visibility timeout. */
  receive(most: number, visibilitySeconds = this.settings.VisibilityTimeout): readonly Kept[] {
    const now = this.#now();
    const given = this.#kept()
      .filter(({ visibleAt }) => visibleAt <= now)
      .slice(0, most);
    for (const message of given) {
      message.receives++;
      if (message.receives === 1) message.firstReceivedAt = now;
      message.visibleAt = now + visibilitySeconds * 1000;
      message.receipt = this.#parts.randomId();
    }
    return given.map((message) => ({ ...message }));
  }

  /** A message that is gone, or was received again since, stays as it is. */
  delete(receipt: string): void {
    this.#messages = this.#messages.filter((message) => message.receipt !== receipt || receipt === "");
  }

  /** @throws AwsError MessageNotInflight */
  changeVisibility(receipt: string, seconds: number): void {
    const now = this.#now();
    const message = this.#kept().find((kept) => kept.receipt === receipt && kept.visibleAt > now);
    if (!message) throw new AwsError("MessageNotInflight", "The specified message isn't in flight.");
    message.visibleAt = now + seconds * 1000;
  }

  purge(): void {
    this.#messages = [];
  }

  /** When the next message can be received; undefined when there is none. */
  nextAt(): Date | undefined {
    const times = this.#kept().map(({ visibleAt }) => visibleAt);
    return times.length > 0 ? new Date(Math.min(...times)) : undefined;
  }

  /** As GetQueueAttributes counts them. */
  counts() {
    const now = this.#now();
    const messages = this.#kept();
    const hidden = messages.filter(({ visibleAt }) => visibleAt > now);
    const delayed = hidden.filter(({ receives }) => receives === 0).length;
    return {
      ApproximateNumberOfMessages: messages.length - hidden.length,
      ApproximateNumberOfMessagesNotVisible: hidden.length - delayed,
      ApproximateNumberOfMessagesDelayed: delayed,
    };
  }

  #kept(): Kept[] {
    const oldest = this.#now() - this.settings.MessageRetentionPeriod * 1000;
    this.#messages = this.#messages.filter(({ sentAt }) => sentAt > oldest);
    return this.#messages;
  }

  #now(): number {
    return this.#parts.now().getTime();
  }
}
