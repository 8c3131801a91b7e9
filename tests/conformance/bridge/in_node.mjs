// The bridge's server in this process, on slots in memory that may lose power.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { bundle } from "./bundle.mjs";
import { CrashingPool } from "./crashing_slots.mjs";

const slotCount = 16;

class Stores {
  #pool;
  #count = 0;

  fresh() {
    this.#pool = new CrashingPool(++this.#count, slotCount);
    return this.#pool;
  }

  again() {
    return this.#pool;
  }

  crash() {
    this.#pool.crash();
  }
}

export async function open(wasm, esbuild) {
  const folder = await mkdtemp(join(tmpdir(), "myelin-bridge-"));
  const path = join(folder, "session.mjs");
  await writeFile(path, await bundle(esbuild, "session.mjs"));
  const { Session } = await import(pathToFileURL(path));
  await rm(folder, { recursive: true });
  const session = new Session(await WebAssembly.compile(await readFile(wasm)), new Stores());
  return { answer: (request) => session.answer(request), close: () => {} };
}
