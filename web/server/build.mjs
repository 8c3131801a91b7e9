// Builds dist/: two bundles for programs, one for the Worker, the types, and myelin.wasm, which the
// wasm tree has made ($MYELIN_WASM if it is elsewhere).

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const wasm = process.env.MYELIN_WASM ?? resolve(here, "../../build/wasm/bin/myelin.wasm");
if (!existsSync(wasm)) {
  console.error(`build: ${wasm} is missing. It is made by`);
  console.error("build:   cmake --preset wasm");
  console.error("build:   cmake --build --preset wasm --target myelin-browser");
  process.exit(1);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await build({
  absWorkingDir: here,
  entryPoints: {
    index: "src/index.ts",
    door: "src/door.ts",
    engine: "src/engine_index.ts",
    worker: "src/worker.ts",
  },
  outdir: dist,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: true,
  logLevel: "warning",
});
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const flags = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false"];
execFileSync(process.execPath, [tsc, "-p", here, ...flags], { stdio: "inherit" });
copyFileSync(wasm, join(dist, "myelin.wasm"));
cpSync(resolve(here, "../../LICENSE"), join(dist, "LICENSE"));
