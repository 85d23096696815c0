/** One schedule of EventBridge Scheduler, whole: what is left out has AWS's default. */
export interface Schedule {
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`. */
  readonly name: string;
  /** For whoever reads the console; who owns it. 512 characters at most. */
  readonly description?: string | undefined;
  /** `rate(…)`, `cron(…)` or `at(…)`. */
  readonly expression: string;
  readonly timezone?: string | undefined;
  /** AWS takes none that lies more than 5 minutes in the past, not even the one that it told: `startFrom`. */
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
  /** Fires at any moment within so many minutes; 0: at the time itself. */
  readonly jitterMinutes: number;
  readonly enabled: boolean;
  /** Whether AWS deletes it once it is over. */
  readonly deleteAfter: boolean;
  /** ARN of the customer's KMS key that AWS encrypts it with. */
  readonly kmsKey?: string | undefined;
  /** When it was last written, by AWS's clock. Only in what was read. */
  readonly changedAt?: Date | undefined;
  readonly target: {
    readonly arn: string;
    /** What it is called with: JSON, in which AWS replaces its context attributes. Never a secret. */
    readonly input: string;
    readonly retry: { readonly attempts: number; readonly ageSeconds: number };
    /** ARN of the role that it acts with; when it is left out, the environment's. Always there in what was read. */
    readonly role?: string | undefined;
    /** ARN of the queue for what could not be delivered; when it is left out, the environment's. */
    readonly deadLetters?: string | undefined;
  };
}

/** The schedules of one environment: one group. */
export interface Schedules {
  get(name: string): Promise<Schedule | undefined>;
  /** All whose name begins so, in order of name. */
  list(prefix?: string): Promise<readonly Schedule[]>;
  /** `exists`: there is one of this name, which stays as it is. */
  create(schedule: Schedule): Promise<"created" | "exists">;
  /** Replaces the one of this name, whole: AWS gives its default to whatever is left out. */
  replace(schedule: Schedule): Promise<void>;
  /** Whether there was one. */
  remove(name: string): Promise<boolean>;
}
