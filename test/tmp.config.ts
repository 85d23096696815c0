import base from "./vitest.config.js";
const b = base as any;
const execArgv = ["--cpu-prof", "--cpu-prof-dir=/tmp/prof"];
export default { ...b, test: { ...b.test, pool: "forks", execArgv, projects: b.test.projects.map((p: any) => ({ test: { ...p.test, pool: "forks", execArgv } })) } };
