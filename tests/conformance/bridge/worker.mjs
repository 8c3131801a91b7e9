// The bridge's server in a Worker of its own, on slots in OPFS where the case has JetStream.
import { OpfsSlots } from "../../../web/server/src/opfs_slots.ts";
import { CrashingPool } from "./crashing_slots.mjs";
import { failure } from "./frames.mjs";
import { Session } from "./session.mjs";

const slotCount = 16;

class Stores {
  #opfs; // opened by the first case that has JetStream

  async fresh(config) {
    const pool = await this.again(config);
    for (const slot of pool.slots) if (slot.getSize() > 0) slot.truncate(0);
    return pool;
  }

  async again(config) {
    if (!config.includes("jetstream")) return new CrashingPool(1, slotCount);
    this.#opfs ??= await OpfsSlots.open("conformance", slotCount);
    return this.#opfs;
  }

  // What is written to OPFS outlives the page. Only the page is gone.
  crash() {}
}

const module = await WebAssembly.compileStreaming(fetch("myelin.wasm"));
const session = new Session(module, new Stores());
const socket = new WebSocket(`ws://${location.host}`);
socket.binaryType = "arraybuffer";
socket.onmessage = async ({ data }) => {
  if (data === "state") return socket.send(JSON.stringify(session.state));
  if (typeof data === "string") {
    if (data !== "") session.state = JSON.parse(data);
    return socket.send("ready");
  }
  return socket.send(await session.answer(new Uint8Array(data)).catch(failure));
};
