import { execFile } from "node:child_process";

/** Someone else's client of AWS, at the sandbox. Operations and members are named as in AWS's API. */
export interface Client {
  call(operation: string, input: object, options?: CallOptions): Promise<Outcome>;
  close(): void;
}

export interface CallOptions {
  /** Default: the sandbox's. */
  readonly region?: string;
  readonly accessKeyId?: string;
  /** Makes the client put together a list of which it reads so many at once. */
  readonly pageSize?: number;
}

/** What came back, read by that client. Times as ISO 8601 in UTC, bytes in base64. */
export type Outcome =
  | { readonly output: Readonly<Record<string, unknown>> }
  | { readonly error: { readonly code: string; readonly operation: string; readonly message: string } };

export type Connect = (endpoint: string) => Client;

export const awsPath = "/usr/bin/aws";
export const pythonPath = "/usr/bin/python3";

/** Nothing of the machine's own settings: no profile, no proxy, no pager. */
export function environment(region: string, accessKeyId: string): Record<string, string> {
  return {
    PATH: "/usr/bin:/bin",
    TZ: "UTC",
    LC_ALL: "C.UTF-8",
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: "none",
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
  };
}

/** Runs a program to its end. `code` is what it exits with, -1 when it could not be started. */
export function run(
  path: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(path, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
      resolve({ code, stdout, stderr: error && stderr === "" ? error.message : stderr });
    });
  });
}
