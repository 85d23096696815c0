import type { Plugin } from "esbuild";

/**
 * Keeps machine code out of bundles: what was built here would not run there. Whoever asks for it is told that it could not
 * be loaded, and must do without, as ssh2 does, which tries both: its own crypto addon and cpu-features.
 */
export const noNative: Plugin = {
  name: "no-native",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.node$|^cpu-features$/ }, () => ({ path: "machine-code", namespace: "no-native" }));
    onLoad({ filter: /./, namespace: "no-native" }, () => ({
      contents: 'throw new Error("no machine code in a bundle");',
    }));
  },
};
