// Runs the tests of this folder under Node; exits with 77 where what they need is not there.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const needs = {
  "node_modules (npm ci in web)": "../../node_modules/@nats-io/nats-core",
  "dist/myelin.wasm (npm run build in web)": "../dist/myelin.wasm",
};
for (const [what, path] of Object.entries(needs)) {
  if (existsSync(join(here, path))) continue;
  console.log(`skipped: there is no ${what}`);
  process.exit(77);
}
const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs"));
const paths = files.map((name) => join(here, name));
const flags = ["--test", "--test-timeout=120000"];
const { status } = spawnSync(process.execPath, [...flags, ...paths], { stdio: "inherit" });
process.exit(status ?? 1);
