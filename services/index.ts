/** What a project that uses Keyturn imports: its `keyturn.config.ts` is made with this. */
export { type Declaration, type Declarations, defineConfig } from "./config/declare.js";
