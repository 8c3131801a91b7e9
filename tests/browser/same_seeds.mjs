// The simulator's seeds end in the same hash natively and as WebAssembly.
//
//     node tests/browser/same_seeds.mjs build/release/bin/myelin-sim build/wasm/bin/myelin-sim.js
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { argv } from "node:process";

const [native, module] = argv.slice(2);
const seeds = ["--seed", "1", "--count", "16"];

const here = execFileSync(native, seeds, { encoding: "utf8" });
const there = execFileSync("node", ["--no-experimental-fetch", module, ...seeds], {
  encoding: "utf8",
});
assert.match(here, /hash [0-9a-f]{8}\n/);
assert.equal(there, here);
console.log("16 seeds end alike");
