// Builds the page into build/playground: static files with relative names, so that it works under
// /web/ of the daemon and under any path of any static host.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

import { chat } from "./chat_plugin.js";
import { early } from "./early_plugin.js";
import { offline } from "./offline_plugin.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "../..");
const chatPage = resolve(here, "chat.html");

export default defineConfig({
  base: "./",
  plugins: [
    chat({
      folder: resolve(root, "examples/chat/web"),
      page: chatPage,
      nats: resolve(here, "src/chat/nats.ts"),
    }),
    early(["tab_backend", "editor"]),
    offline(resolve(here, "src/offline/service_worker.js")),
  ],
  server: { fs: { allow: [root] } },
  worker: { format: "es" },
  build: {
    outDir: resolve(root, "build/playground"),
    emptyOutDir: true,
    rolldownOptions: { input: { index: resolve(here, "index.html"), chat: chatPage } },
    target: "es2022",
    // A data: URL would be refused where the policy knows only 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
