// The other side of the conformance runner's doors `wasm` and `chromium`: it is asked over its
// standard input, one frame at a time, and answers over its standard output.
//
// usage: node bridge.mjs --wasm <path of myelin.wasm> [--chromium]
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

import { failure, missing, ready, Writer } from "./frames.mjs";

const { values: flags } = parseArgs({
  options: { wasm: { type: "string" }, chromium: { type: "boolean" } },
});

// What tests/interop/js has installed.
const installed = createRequire(new URL("../../interop/js/package.json", import.meta.url));

function write(frame) {
  const whole = new Writer().number(frame.length).add(frame).finish();
  process.stdout.write(whole);
}

function end(what) {
  write(new Writer().byte(missing).add(new TextEncoder().encode(what)).finish());
  process.exit(0);
}

function find(what) {
  try {
    return installed(what);
  } catch {
    return end(`${what} is not installed`);
  }
}

async function open() {
  if (!flags.wasm || !existsSync(flags.wasm)) return end("myelin.wasm is not built");
  const esbuild = find("esbuild");
  if (!flags.chromium) return (await import("./in_node.mjs")).open(flags.wasm, esbuild);
  const path = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(path)) return end("chromium is not installed");
  const { chromium } = find("playwright-core");
  const { open: openBrowser } = await import("./in_chromium.mjs");
  return openBrowser(flags.wasm, esbuild, chromium, path, find("ws").WebSocketServer);
}

async function* frames(stream) {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
      const size = rest.readUInt32LE(0);
      yield rest.subarray(4, 4 + size);
      rest = rest.subarray(4 + size);
    }
  }
}

let home;
try {
  home = await open();
  write(Uint8Array.of(ready));
} catch (error) {
  write(failure(error));
  process.exit(1);
}
for await (const request of frames(process.stdin)) {
  write(await home.answer(request).catch(failure));
}
await home.close();
