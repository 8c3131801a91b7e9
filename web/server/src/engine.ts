// Engine: one server as an instance of myelin.wasm, through the functions it exports. It does what
// it is told at the time it is told (`tick`), reads no clock, and calls out only for its log and
// its slots. Who feeds it takes `nextOutput()` until there is none, then `commit()`s.
//
// Memory of the instance may grow, and move, in every call into it: no view of it lives longer than
// the line that makes it, and bytes are copied on their way in and out.

import { messageOf, ServerError } from "./errors.js";
import { saysFull, type Slot } from "./slots.js";

export type LogLevel = "trace" | "debug" | "info" | "warning" | "error" | "fatal";
const logLevels: LogLevel[] = ["trace", "debug", "info", "warning", "error", "fatal"];

export interface Time {
  mono: bigint; // nanoseconds since whenever; never goes back
  wall: bigint; // nanoseconds since 1970
}

export type Closing = "no" | "flush" | "abort";

export type Output =
  | {
      kind: "write";
      client: number;
      bytes: Uint8Array<ArrayBuffer>; // the taker's own
      close: Closing;
      closeCode: number;
      reason: string;
    }
  | { kind: "pause"; client: number }
  | { kind: "resume"; client: number }
  | {
      kind: "report";
      query: number;
      status: number;
      type: string;
      bytes: Uint8Array<ArrayBuffer>;
      isLast: boolean;
    };

export interface EngineOptions {
  slots?: Slot[];
  onLog?: (level: LogLevel, text: string) => void;
}

interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  myelin_buffer(h: number, size: number): number;
  myelin_create(): number;
  myelin_destroy(h: number): void;
  myelin_clock(h: number, mono: bigint, wall: bigint): void;
  myelin_configure(h: number, size: number): number;
  myelin_text(h: number): number;
  myelin_text_size(h: number): number;
  myelin_limits(h: number, memoryMax: number, storageMax: number): void;
  myelin_slots_added(h: number, count: number): void;
  myelin_slots_wanted(h: number): number;
  myelin_start(h: number): number;
  myelin_recover(h: number): number;
  myelin_open(h: number, addressSize: number, port: number): number;
  myelin_receive(h: number, client: number, size: number): void;
  myelin_written(h: number, client: number, size: number): void;
  myelin_close(h: number, client: number): void;
  myelin_advance(h: number): void;
  myelin_deadline(h: number): bigint;
  myelin_next_output(h: number): number;
  myelin_output(h: number): number;
  myelin_commit(h: number): number;
  myelin_query(h: number, pathSize: number, parametersSize: number): number;
  myelin_cancel_query(h: number, query: number): void;
  myelin_reload(h: number, size: number): number;
  myelin_lame_duck(h: number): void;
  myelin_shut_down(h: number): void;
  myelin_flush(h: number): number;
  myelin_is_empty(h: number): number;
  myelin_memory_in_use(h: number): number;
  myelin_id(h: number): void;
}

// The instance never gives memory back: what is larger is refused before it is there.
const configSizeMax = 8 * 1024 * 1024;
const querySizeMax = 64 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const closings: Closing[] = ["no", "flush", "abort"];

export class Engine {
  readonly #slots: Slot[];
  readonly #onLog: (level: LogLevel, text: string) => void;
  #exports!: Exports;
  #handle = 0;

  private constructor(slots: Slot[], onLog: (level: LogLevel, text: string) => void) {
    this.#slots = slots;
    this.#onLog = onLog;
  }

  static async create(module: WebAssembly.Module, options: EngineOptions = {}): Promise<Engine> {
    const { slots = [], onLog = () => {} } = options;
    const engine = new Engine([...slots], onLog);
    try {
      const instance = await WebAssembly.instantiate(module, engine.#imports());
      engine.#exports = instance.exports as unknown as Exports;
      engine.#exports._initialize();
      engine.#handle = engine.#exports.myelin_create();
    } catch (error) {
      const why = messageOf(error);
      throw new ServerError("wasm", `this is not the myelin.wasm of this package: ${why}`);
    }
    if (slots.length > 0) engine.#exports.myelin_slots_added(engine.#handle, slots.length);
    return engine;
  }

  destroy(): void {
    this.#exports.myelin_destroy(this.#handle);
    this.#handle = 0;
  }

  // Before start.

  // Throws a ServerError "config" whose problems are the text's faults.
  configure(text: string): void {
    this.#judge(this.#exports.myelin_configure(this.#handle, this.#putConfig(text)));
  }

  // How many bytes of heap the server may use in all, and how many its streams may in the slots.
  limit(memoryMax: number, storageMax: number): void {
    this.#exports.myelin_limits(this.#handle, memoryMax, storageMax);
  }

  start(seed: Uint8Array): void {
    this.#put(seed);
    if (this.#exports.myelin_start(this.#handle) !== 0) {
      throw new ServerError("storage", this.#text() || "the server does not start");
    }
  }

  // Reads a slice of the streams; true until all is read.
  recover(): boolean {
    const progress = this.#exports.myelin_recover(this.#handle);
    if (progress < 0) throw new ServerError("storage", this.#text());
    return progress > 0;
  }

  // Slots.

  // None: there can be no more for now, and files that find none free are refused.
  addSlots(slots: Slot[]): void {
    this.#slots.push(...slots);
    this.#exports.myelin_slots_added(this.#handle, slots.length);
  }

  // How many more it would like to have; asked after each batch.
  slotsWanted(): number {
    return this.#exports.myelin_slots_wanted(this.#handle);
  }

  // Links.

  // The time of the calls that follow.
  tick({ mono, wall }: Time): void {
    this.#exports.myelin_clock(this.#handle, mono, wall);
  }

  // The link's number, or what the peer is told where it is refused: the server has too little
  // memory left.
  open(address: string, port: number): number | { refusal: string } {
    const client = this.#exports.myelin_open(this.#handle, this.#putText(address), port);
    return client === 0 ? { refusal: this.#text() } : client;
  }

  receive(client: number, bytes: Uint8Array): void {
    this.#exports.myelin_receive(this.#handle, client, this.#put(bytes));
  }

  // The peer has taken so many bytes of what was written to it.
  written(client: number, size: number): void {
    this.#exports.myelin_written(this.#handle, client, size);
  }

  close(client: number): void {
    this.#exports.myelin_close(this.#handle, client);
  }

  // Does what is due.
  advance(): void {
    this.#exports.myelin_advance(this.#handle);
  }

  // When something is due next, on the monotonic clock.
  deadline(): bigint | undefined {
    const deadline = this.#exports.myelin_deadline(this.#handle);
    return deadline < 0n ? undefined : deadline;
  }

  nextOutput(): Output | undefined {
    const kind = this.#exports.myelin_next_output(this.#handle);
    if (kind === 0) return undefined;
    const at = this.#exports.myelin_output(this.#handle) >>> 0;
    const record = new DataView(this.#exports.memory.buffer, at);
    switch (kind) {
      case 1:
        return this.#write(record);
      case 2:
        return { kind: "pause", client: record.getFloat64(0, true) };
      case 3:
        return { kind: "resume", client: record.getFloat64(0, true) };
      case 4:
        return this.#report(record);
      default:
        throw new ServerError("wasm", `myelin.wasm has an output that is not known here: ${kind}`);
    }
  }

  // Writes and flushes what answers wait for; true if there is more output now.
  commit(): boolean {
    return this.#exports.myelin_commit(this.#handle) !== 0;
  }

  // Reports, and the end.

  query(path: string, parameters: string): number {
    if (path.length + parameters.length > querySizeMax) {
      throw new ServerError("report", "the report's path and parameters are too long");
    }
    const [left, right] = [encoder.encode(path), encoder.encode(parameters)];
    const both = new Uint8Array(left.length + right.length);
    both.set(left);
    both.set(right, left.length);
    this.#put(both);
    return this.#exports.myelin_query(this.#handle, left.length, right.length);
  }

  cancelQuery(query: number): void {
    this.#exports.myelin_cancel_query(this.#handle, query);
  }

  // Throws as configure() does, and then nothing has changed.
  reload(text: string): void {
    this.#judge(this.#exports.myelin_reload(this.#handle, this.#putConfig(text)));
  }

  lameDuck(): void {
    this.#exports.myelin_lame_duck(this.#handle);
  }

  shutDown(): void {
    this.#exports.myelin_shut_down(this.#handle);
  }

  // After shutDown: true while there is something to commit.
  flush(): boolean {
    return this.#exports.myelin_flush(this.#handle) !== 0;
  }

  isEmpty(): boolean {
    return this.#exports.myelin_is_empty(this.#handle) !== 0;
  }

  memoryInUse(): number {
    return this.#exports.myelin_memory_in_use(this.#handle);
  }

  identity(): { id: string; name: string } {
    this.#exports.myelin_id(this.#handle);
    const [id = "", name = ""] = this.#text().split("\n");
    return { id, name };
  }

  // Across the border.

  #put(bytes: Uint8Array): number {
    const at = this.#exports.myelin_buffer(this.#handle, bytes.length) >>> 0;
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
    return bytes.length;
  }

  #putText(text: string): number {
    return this.#put(encoder.encode(text));
  }

  #putConfig(text: string): number {
    if (text.length <= configSizeMax) return this.#putText(text);
    const problem = `the configuration is longer than ${configSizeMax} characters`;
    throw new ServerError("config", problem, [problem]);
  }

  #text(): string {
    const size = this.#exports.myelin_text_size(this.#handle);
    return decoder.decode(this.#view(this.#exports.myelin_text(this.#handle), size));
  }

  #view(at: number, size: number): Uint8Array<ArrayBuffer> {
    // The module's memory is never shared, which its type does not say.
    const memory = this.#exports.memory.buffer as ArrayBuffer;
    return new Uint8Array(memory, at >>> 0, size >>> 0);
  }

  #judge(verdict: number): void {
    if (verdict === 0) return;
    const problems = this.#text().split("\n").filter(Boolean);
    throw new ServerError("config", problems.join("\n") || "the configuration is wrong", problems);
  }

  #write(record: DataView): Output {
    const chunkCount = record.getUint32(8, true);
    const chunksAt = record.getUint32(12, true);
    const bytes = new Uint8Array(record.getUint32(16, true));
    const chunks = new DataView(this.#exports.memory.buffer, chunksAt, chunkCount * 8);
    for (let index = 0, at = 0; index < chunkCount; index += 1) {
      const size = chunks.getUint32(index * 8 + 4, true);
      bytes.set(this.#view(chunks.getUint32(index * 8, true), size), at);
      at += size;
    }
    return {
      kind: "write",
      client: record.getFloat64(0, true),
      bytes,
      close: closings[record.getUint32(20, true)] ?? "abort",
      closeCode: record.getUint32(24, true),
      reason: this.#string(record, 28),
    };
  }

  #report(record: DataView): Output {
    return {
      kind: "report",
      query: record.getFloat64(0, true),
      status: record.getUint32(8, true),
      type: this.#string(record, 12),
      bytes: this.#view(record.getUint32(20, true), record.getUint32(24, true)).slice(),
      isLast: record.getUint32(28, true) !== 0,
    };
  }

  // A pointer and a size in a record.
  #string(record: DataView, at: number): string {
    const size = record.getUint32(at + 4, true);
    return size === 0 ? "" : decoder.decode(this.#view(record.getUint32(at, true), size));
  }

  // What a slot throws stays on this side; the server gets a number, the log the words.
  #try(slot: number, deed: string, act: (slot: Slot) => number): number {
    try {
      const file = this.#slots[slot];
      if (!file) throw new Error("there is no such slot");
      return act(file);
    } catch (error) {
      const mayBeFull = deed === "written" || deed === "truncated"; // a file may be made longer
      if (mayBeFull && saysFull(error)) return 1;
      this.#onLog("error", `slot ${slot + 1} cannot be ${deed}: ${messageOf(error)}`);
      return -1;
    }
  }

  #imports(): WebAssembly.Imports {
    return {
      env: {
        host_log: (level: number, at: number, size: number) => {
          this.#onLog(logLevels[level] ?? "error", decoder.decode(this.#view(at, size)));
        },
        host_slot_read: (slot: number, offset: number, at: number, size: number) =>
          this.#try(slot, "read", (file) => file.read(this.#view(at, size), { at: offset })),
        host_slot_write: (slot: number, offset: number, at: number, size: number) =>
          this.#try(slot, "written", (file) => {
            const taken = file.write(this.#view(at, size), { at: offset });
            return taken === size ? 0 : 1; // browsers write less where the quota ends
          }),
        host_slot_truncate: (slot: number, size: number) =>
          this.#try(slot, "truncated", (file) => {
            file.truncate(size);
            return 0;
          }),
        host_slot_size: (slot: number) => this.#try(slot, "measured", (file) => file.getSize()),
        host_slot_flush: (slot: number) =>
          this.#try(slot, "flushed", (file) => {
            file.flush();
            return 0;
          }),
        emscripten_notify_memory_growth: () => {},
      },
      wasi_snapshot_preview1: {
        proc_exit: (code: number) => {
          throw new ServerError("crashed", `the server found a fault in itself (exit ${code})`);
        },
      },
    };
  }
}
