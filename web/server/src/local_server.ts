// LocalServer: a server that runs in this very thread.

import { type Channel, localChannels, PortChannel } from "./channel.js";
import { Engine, type LogLevel } from "./engine.js";
import { messageOf, ServerError } from "./errors.js";
import { Host, type Report, timeNow } from "./host.js";
import { NodeSlots } from "./node_slots.js";
import { opfsHandlesMissing, opfsRoot, OpfsSlots } from "./opfs_slots.js";
import { type SlotPool } from "./slots.js";
import { soon } from "./soon.js";
import { compileWasm, type WasmSource } from "./wasm.js";

// Slots to begin with; the server asks for more when it has few left.
const slotsFirst = 8;
// Recovery lets other tasks run after so many milliseconds.
const recoveryMs = 50;

export type StorageKind =
  | { kind: "memory" }
  | { kind: "opfs"; name: string }
  | { kind: "folder"; path: string };

// But for the module, what crosses to a Worker, and so is plain.
export interface StartOptions {
  storage: StorageKind;
  config: string;
  memoryMax: number;
  wasm?: WasmSource | Promise<WebAssembly.Module> | undefined;
}

export interface ServerFacts {
  id: string;
  name: string;
  storage: "memory" | "opfs" | "folder";
}

export interface ServerEvents {
  onLog: (level: LogLevel, text: string) => void;
  // The server is gone: stopped, or by its own fault.
  onEnd: (error: ServerError | undefined) => void;
}

// A server as whoever talks to it sees it, wherever it runs.
export interface Backend {
  readonly facts: ServerFacts;
  readonly role: "leader" | "follower";
  // The client's end of a new link.
  open(): Promise<Channel>;
  // Somebody else's link, whose other end they have.
  take(port: MessagePort): void;
  report(path: string, parameters: string): Promise<Report>;
  reload(config: string): Promise<void>;
  stop(): Promise<void>;
}

export class LocalServer implements Backend {
  readonly facts: ServerFacts;
  readonly role = "leader";
  readonly #host: Host;

  private constructor(host: Host, facts: ServerFacts) {
    this.#host = host;
    this.facts = facts;
  }

  static async start(options: StartOptions, events: ServerEvents): Promise<LocalServer> {
    const compiled = compileWasm(options.wasm);
    compiled.catch(() => {}); // it is awaited below, after the slots
    const pool = await openPool(options.storage, events);
    try {
      const { onLog, onEnd } = events;
      const engine = await Engine.create(await compiled, { slots: pool?.slots ?? [], onLog });
      engine.limit(options.memoryMax, pool?.sizeMax ?? 0);
      engine.tick(timeNow());
      engine.configure(options.config);
      engine.start(crypto.getRandomValues(new Uint8Array(32)));
      await recover(engine);
      const facts = { ...engine.identity(), storage: pool ? options.storage.kind : "memory" };
      return new LocalServer(new Host({ engine, pool, onLog, onEnd }), facts);
    } catch (error) {
      pool?.close();
      if (error instanceof ServerError) throw error;
      throw new ServerError("crashed", `the server does not start: ${messageOf(error)}`);
    }
  }

  open(): Promise<Channel> {
    const [near, far] = localChannels();
    this.attach(far, "in-process");
    return Promise.resolve(near);
  }

  take(port: MessagePort): void {
    this.attach(new PortChannel(port), "in-process");
  }

  attach(channel: Channel, address: string): void {
    if (this.#host.isEnded) {
      channel.post({ close: { code: 1001, reason: "the server is stopped" } });
    } else {
      this.#host.attach(channel, address);
    }
  }

  report(path: string, parameters: string): Promise<Report> {
    return this.#host.report(path, parameters);
  }

  reload(config: string): Promise<void> {
    return new Promise((resolve) => resolve(this.#host.reload(config)));
  }

  stop(): Promise<void> {
    this.#host.stop();
    return new Promise(soon); // what was sent last is on its way
  }
}

export function inMemoryBecause(why: string): string {
  return `streams are kept in memory, and end with the server: ${why}`;
}

// Nothing: streams are in memory. A browser may have no OPFS, which is said.
async function openPool(
  storage: StorageKind,
  events: ServerEvents,
): Promise<SlotPool | undefined> {
  if (storage.kind === "memory") return undefined;
  if (storage.kind === "folder") return NodeSlots.open(storage.path, slotsFirst);
  const root = opfsHandlesMissing() ?? (await opfsRoot());
  if (typeof root !== "string") {
    return OpfsSlots.open(storage.name, slotsFirst, Promise.resolve(root));
  }
  events.onLog("warning", inMemoryBecause(root));
  return undefined;
}

async function recover(engine: Engine): Promise<void> {
  let since = performance.now();
  while (engine.recover()) {
    if (performance.now() - since < recoveryMs) continue;
    await new Promise<void>(soon);
    since = performance.now();
  }
}
