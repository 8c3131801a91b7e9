// One case after another, as the runner asks for it over the bridge: a request in, an answer out.
// It makes the package's engines and their worlds; which stores there are it is told.
import { Engine } from "../../../web/server/src/engine.ts";
import { operations, Reader, ready, Writer } from "./frames.mjs";
import { World } from "./world.mjs";

const startOfClock = 1_000_000_000; // nanoseconds
const millisecond = 1_000_000;

// What a tab has.
const memoryMax = 256 * 1024 * 1024;
const storageMax = 8 * 1024 * 1024 * 1024;

export class Session {
  #module;
  #stores;
  #now = startOfClock;
  #lastLink = 0;
  #starts = 0;
  #engine;
  #isBroken = false; // it may have stopped in the middle of a call, and is left as it is
  #pool;
  #world;

  // Of the stores, `fresh(config)` is an empty pool of slots and `again(config)` the one of before;
  // `crash()` says that the power is gone.
  constructor(module, stores) {
    this.#module = module;
    this.#stores = stores;
  }

  // Where a later session, in another page, goes on.
  get state() {
    return { now: this.#clock, lastLink: this.#lastLink, starts: this.#starts };
  }

  set state({ now, lastLink, starts }) {
    [this.#now, this.#lastLink, this.#starts] = [now, lastLink, starts];
  }

  async answer(request) {
    const result = await this.#doAll(new Reader(request)).catch((error) => {
      this.#isBroken = true;
      throw error;
    });
    const writer = new Writer().byte(ready).number(result);
    writer.number(Math.floor(this.#clock / millisecond));
    for (const { number, isClosed, pieces } of this.#world?.news() ?? []) {
      const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
      writer.number(number).number(Number(isClosed)).number(size);
      for (const piece of pieces) writer.add(piece);
    }
    return writer.finish();
  }

  // What the last of them came to, as a number.
  async #doAll(reader) {
    let result = 0;
    while (reader.hasMore) {
      result = Number((await this.#do(operations[reader.byte()], reader)) ?? 0);
      await this.#growStore();
    }
    return result;
  }

  get #clock() {
    return this.#world?.now ?? this.#now;
  }

  async #do(operation, reader) {
    const world = this.#world;
    switch (operation) {
      case "begin": {
        const config = reader.text();
        this.#end();
        this.#now = startOfClock;
        return this.#begin(config, await this.#stores.fresh(config));
      }
      case "beginAgain": {
        const config = reader.text();
        this.#end();
        return this.#begin(config, await this.#stores.again(config));
      }
      case "open":
        return world.open(this.#lastLink + 1) ? ++this.#lastLink : 0;
      case "send":
        return world.send(reader.number(), new Uint8Array(reader.bytes()));
      case "stopReading":
        return world.stopReading(reader.number());
      case "close":
        return world.close(reader.number());
      case "wait":
        return world.wait(reader.number() * millisecond, numbers(reader));
      case "reload":
        return world.reload(inStore(reader.text()));
      case "lameDuck":
        return world.lameDuck();
      case "stop":
        return world.shutDown();
      case "crash":
        world.crash();
        return this.#stores.crash();
      case "advance":
        return world.advance(reader.number() * millisecond);
      case "end":
        return this.#end();
      default:
        throw new Error("an operation that is not known");
    }
  }

  async #begin(config, pool) {
    this.#pool = pool;
    this.#engine = await Engine.create(this.#module, { slots: pool.slots });
    this.#engine.limit(memoryMax, storageMax);
    this.#engine.configure(inStore(config));
    this.#engine.start(new Uint8Array(32).fill(++this.#starts));
    this.#world = new World(this.#engine, this.#now);
  }

  #end() {
    this.#now = this.#clock;
    this.#world = undefined;
    if (!this.#isBroken) this.#engine?.destroy();
    this.#engine = undefined;
    this.#isBroken = false;
  }

  // Between two deeds, as every host does it between two batches.
  async #growStore() {
    const wanted = this.#engine?.slotsWanted() ?? 0;
    if (wanted === 0) return;
    const known = this.#pool.slots.length;
    await this.#pool.grow(wanted);
    this.#engine.addSlots(this.#pool.slots.slice(known));
  }
}

function numbers(reader) {
  return Array.from({ length: reader.number() }, () => reader.number());
}

// Slots know no directories.
function inStore(config) {
  return config.replaceAll("{store}", "/store");
}
