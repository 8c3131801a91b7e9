// Builds the page into build/playground: static files with relative names, so that it works under
// /web/ of the daemon and under any path of any static host.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

import { offline } from "./offline_plugin.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "../..");

export default defineConfig({
  base: "./",
  plugins: [offline(resolve(here, "src/offline/service_worker.js"))],
  server: { fs: { allow: [root] } },
  worker: { format: "es" },
  build: {
    outDir: resolve(root, "build/playground"),
    emptyOutDir: true,
    target: "es2022",
    // A data: URL would be refused where the policy knows only 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
