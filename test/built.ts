import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Once, before all files: commands are tested as they are installed, built; and never as something that was built earlier. */
export function setup(): void {
  if (["services", "providers"].every(isBuilt)) return;
  const { status } = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error("the build failed");
}

function isBuilt(folder: string): boolean {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((file) => /(?<!\.d)\.ts$/.test(file))
    .every((file) => {
      const built = `${root}dist/${folder}/${file.replace(/ts$/, "js")}`;
      return existsSync(built) && statSync(built).mtimeMs > statSync(`${root}${folder}/${file}`).mtimeMs;
    });
}
