import { awsPath, environment, pythonPath, run } from "./client.js";

/** Without both clients nothing is tested, and that is no success. */
export default async function setup(): Promise<void> {
  const env = environment("us-east-1", "none");
  const asked = [
    { name: "awscli", found: await run(awsPath, ["--version"], env) },
    {
      name: "python3-boto3",
      found: await run(pythonPath, ["-c", "import boto3; print(boto3.__version__)"], env),
    },
  ];
  const missing = asked.filter(({ found }) => found.code !== 0);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(" ");
  const said = missing.map(({ found }) => found.stderr.trim()).join("\n");
  throw new Error(
    `Expected ${awsPath} and boto3 for ${pythonPath}; ${names} cannot be used:\n${said}\n` +
      `On Debian: apt-get install --no-install-recommends ${names}`,
  );
}
