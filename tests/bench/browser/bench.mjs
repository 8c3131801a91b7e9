// The server in a tab and in Node: what the package does in a second, as a table.
//
// usage: node bench.mjs [--only node|chromium] [--row WORD] [--quick]
//
// --row measures the scenarios whose name holds the word. --quick does little of everything. The
// run fails where a message is lost, never because a number is bad. Exits with 77 where the package
// or what it is measured with is not there.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { NodePlace } from "./node_place.mjs";
import { ChromiumPlace } from "./chromium_place.mjs";

const { values: flags } = parseArgs({
  options: { only: { type: "string" }, row: { type: "string" }, quick: { type: "boolean" } },
});

const skipped = 77;
const nearly = 0.8;

// What a scenario's figures are called, and what they should be: at least, or at most; or at least
// nearly what was seen of another one, where nats.js is the limit.
const flowAim = (or) => ({ rate: 100_000, or });
const rows = [
  ["startInMemory", "start to first INFO, in memory", { time: 0.1 }],
  ["startOnNewStore", "the same, a new store", { time: 0.4 }],
  ["startOnStore", "the same, a store that is there", { time: 0.15 }],
  ["nullTransport16", "nats.js and no server, 16 B", {}],
  ["publishSubscribe16", "publish and subscribe, 16 B", flowAim("nullTransport16")],
  ["nullTransport128", "nats.js and no server, 128 B", {}],
  ["publishSubscribe128", "publish and subscribe, 128 B", flowAim("nullTransport128")],
  ["requests", "request and reply, one at a time", {}],
  ["storedByCore", "publish with a reply, 128 B, 500 outstanding, stored", { rate: 20_000 }],
  ["nullStream", "jetstream().publish and no server, 128 B, 500 outstanding", {}],
  ["storedByJetStream", "the same, stored", { rate: 20_000, or: "nullStream" }],
  ["fill", "", {}],
  ["recover", "start with 1,000,000 messages, the last one killed", { time: 3 }],
  ["recover", "the same after a clean end", { time: 3 }],
];

const figures = {
  time: { title: "", show: (seconds) => `${(seconds * 1000).toFixed(1)} ms`, isLess: true },
  most: { title: ", at most", show: (seconds) => `${(seconds * 1000).toFixed(1)} ms` },
  rate: { title: ": messages per second", show: (rate) => `${(rate / 1000).toFixed(1)} k/s` },
  processor: { title: ": CPU per message", show: (time) => `${(time * 1e6).toFixed(2)} us` },
};

const installed = createRequire(new URL("../../interop/js/package.json", import.meta.url));

function find(what) {
  try {
    return installed(what);
  } catch {
    return skip(`${what} is not installed`);
  }
}

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(skipped);
}

async function bundled(folder) {
  const { build } = find("esbuild");
  const path = (name) => fileURLToPath(new URL(name, import.meta.url));
  const outfile = join(folder, "scenarios.mjs");
  await build({
    entryPoints: [path("scenarios.mjs")], outfile, bundle: true, format: "esm", target: "es2022",
    nodePaths: [path("../../interop/js/node_modules")], external: ["node:crypto"],
  });
  return outfile;
}

async function places(files) {
  const found = [];
  if (flags.only !== "chromium") found.push(new NodePlace(files));
  const path = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (flags.only !== "node" && existsSync(path)) {
    const { chromium } = find("playwright-core");
    found.push(await ChromiumPlace.open(files, chromium, path));
  }
  return found.length > 0 ? found : skip("chromium is not installed");
}

function isChosen(scenario) {
  const word = flags.row ?? "";
  return scenario.includes(word) || (scenario === "fill" && "recover".includes(word));
}

// A start is measured in a page, or a process, of its own each time. The first one makes the store.
async function measure(place, scenario) {
  if (!scenario.startsWith("start")) return place.run(scenario, scale, 0);
  const times = [];
  for (let round = 0; round <= starts; ++round) {
    times.push((await place.run(scenario, scale, round)).time);
  }
  if (scenario === "startOnStore") times.shift();
  times.sort((one, other) => one - other);
  return { time: times[times.length >> 1], most: times.at(-1) };
}

const seen = {}; // by scenario, what was measured at each place

// Of the figure named, at one of the places.
function isMissed(figure, aims, value, place) {
  const aim = aims[figure];
  if (aim === undefined || flags.quick) return false;
  if (figures[figure].isLess) return value > aim;
  const other = seen[aims.or]?.[place][figure];
  return value < aim && !(value >= nearly * other);
}

function lines(title, aims, measured) {
  return Object.keys(measured[0]).map((figure) => {
    const { title: more, show } = figures[figure];
    const cells = measured.map((one, place) => {
      return show(one[figure]) + (isMissed(figure, aims, one[figure], place) ? " MISS" : "");
    });
    const aim = aims[figure] === undefined ? "-" : show(aims[figure]);
    return `| ${title}${more} | ${cells.join(" | ")} | ${aim} |`;
  });
}

const server = fileURLToPath(new URL("../../../web/server/dist/index.js", import.meta.url));
if (!existsSync(server)) skip("the package myelin-server is not built");
const folder = mkdtempSync(join(tmpdir(), "myelin-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const [scale, starts] = flags.quick ? [0.005, 2] : [1, 9];
const all = await places({ scenarios: await bundled(folder), server });
const names = all.map((place) => place.name);
const load = loadavg()[0].toFixed(2);
console.log(`${cpus().length} processors, load average ${load} before the run. CPU is that of client
and server, in Chromium of the whole browser.
`);
console.log(`| scenario | ${names.join(" | ")} | aim |\n|---|${"--:|".repeat(all.length + 1)}`);
try {
  for (const [scenario, title, aims] of rows.filter(([name]) => isChosen(name))) {
    const measured = [];
    for (const place of all) measured.push(await measure(place, scenario));
    seen[scenario] = measured;
    for (const line of lines(title, aims, measured)) console.log(line);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const place of all) await place.close();
}
