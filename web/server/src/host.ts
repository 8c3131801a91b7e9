// Host: feeds an engine with what comes through links, at the time it is, and sends what it says.
// Whatever has come since the last time is one batch, in a task of its own, with one commit at its
// end: acknowledgements of a hundred publishes wait for one flush together.

import type { Channel, Close } from "./channel.js";
import type { Engine, LogLevel, Output, Time } from "./engine.js";
import { type ErrorCode, messageOf, ServerError } from "./errors.js";
import { ServerLink } from "./server_link.js";
import type { SlotPool } from "./slots.js";
import { soon } from "./soon.js";

// After so much input the output is taken, so that one batch does not pile it up.
const drainSize = 256 * 1024;
// After the pool could not grow, it is asked again so much later (nanoseconds).
const growRetry = 5_000_000_000n;
// Timers of JavaScript count milliseconds in 31 bits.
const timerMsMax = 2 ** 31 - 1;

export interface Report {
  status: number;
  type: string;
  text: string;
}

export interface HostOptions {
  engine: Engine;
  pool?: SlotPool | undefined;
  onLog: (level: LogLevel, text: string) => void;
  // The server is gone, by its own fault if there is an error.
  onEnd: (error: ServerError | undefined) => void;
}

export function timeNow(): Time {
  const mono = BigInt(Math.round(performance.now() * 1e6));
  return { mono, wall: BigInt(Date.now()) * 1_000_000n };
}

interface Asker {
  pieces: Uint8Array[];
  resolve(report: Report): void;
  reject(error: ServerError): void;
}

export class Host {
  readonly #engine: Engine;
  readonly #pool: SlotPool | undefined;
  readonly #options: HostOptions;
  readonly #links = new Map<number, ServerLink>();
  readonly #awake = new Set<number>(); // links that have something for the server
  readonly #touched = new Set<ServerLink>(); // links with something to send
  readonly #askers = new Map<number, Asker>();
  #isDue = false; // a batch is about to run
  #isGrowing = false;
  #growsFrom = 0n;
  #isEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = 0n;

  // The engine is started and has recovered.
  constructor(options: HostOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#pool = options.pool;
    this.#batchSoon();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  // A client's link; `address` is what reports show of it.
  attach(channel: Channel, address: string): void {
    let id = 0;
    let refusal = "the server is at its end";
    const wake = (): void => {
      this.#awake.add(id);
      this.#batchSoon();
    };
    const link = new ServerLink(channel, wake);
    this.#guarded(() => {
      this.#tick();
      const client = this.#engine.open(address, 0);
      if (typeof client === "number") id = client;
      else refusal = client.refusal;
    });
    // A client that is still connecting hears the reason of a close, not an -ERR before INFO.
    if (id === 0) {
      return link.close({ code: 1013, reason: refusal.replace(/^-ERR '(.*)'\r\n$/, "$1") });
    }
    this.#links.set(id, link);
    this.#batchSoon();
  }

  report(path: string, parameters: string): Promise<Report> {
    return new Promise((resolve, reject) => {
      const fault = this.#asked("report", () => {
        const query = this.#engine.query(path, parameters);
        this.#askers.set(query, { pieces: [], resolve, reject });
      });
      if (fault) reject(fault);
    });
  }

  // Throws if the text has errors; then the server goes on with what it had.
  reload(text: string): void {
    const fault = this.#asked("config", () => this.#engine.reload(text));
    if (fault) throw fault;
  }

  // Ends every link, brings everything to the slots, and closes them.
  stop(): void {
    if (this.#isEnded) return;
    this.#guarded(() => {
      this.#tick();
      this.#engine.shutDown();
      this.#drainAndCommit();
      // What waits for slots that are being made has not been acknowledged, and is not waited for.
      while (this.#engine.flush() && this.#drainAndCommit());
    });
    if (!this.#isEnded) this.#end(undefined, { code: 1001, reason: "the server is stopped" });
  }

  // A batch.

  #batchSoon(): void {
    if (this.#isDue || this.#isEnded) return;
    this.#isDue = true;
    soon(() => {
      this.#isDue = false;
      if (!this.#isEnded) this.#guarded(() => this.#batch());
    });
  }

  #batch(): void {
    const now = this.#tick();
    this.#takeInput();
    const deadline = this.#engine.deadline();
    if (deadline !== undefined && deadline <= now) this.#engine.advance();
    this.#drainAndCommit();
    this.#growPool(now);
    this.#armTimer();
  }

  #takeInput(): void {
    const awake = [...this.#awake];
    this.#awake.clear();
    let size = 0;
    for (const client of awake) {
      const link = this.#links.get(client);
      if (!link) continue;
      const acked = link.takeAcked();
      if (acked > 0) this.#engine.written(client, acked);
      for (let chunk = link.next(); chunk; chunk = link.next()) {
        this.#touched.add(link);
        this.#engine.receive(client, chunk);
        size += chunk.length;
        if (size < drainSize) continue;
        this.#drain();
        size = 0;
      }
      const { ended } = link;
      if (ended && this.#links.has(client)) this.#forget(client, link, ended);
    }
  }

  // The link is gone; what it did wrong is told.
  #forget(client: number, link: ServerLink, close: Close): void {
    if (close.code === 1002 || close.code === 1008) {
      this.#options.onLog("error", `cid:${client} - link closed: ${close.reason}`);
    }
    this.#links.delete(client);
    this.#tick();
    this.#engine.close(client);
    link.close(close);
  }

  // True if something has become durable.
  #drainAndCommit(): boolean {
    let hasCommitted = false;
    this.#drain();
    while (this.#engine.commit()) {
      hasCommitted = true;
      this.#drain();
    }
    for (const link of this.#touched) link.flush();
    this.#touched.clear();
    return hasCommitted;
  }

  #drain(): void {
    for (;;) {
      const output = this.#engine.nextOutput();
      if (!output) return;
      this.#act(output);
    }
  }

  #act(output: Output): void {
    if (output.kind === "report") return this.#answer(output);
    const link = this.#links.get(output.client);
    if (!link) return;
    if (output.kind === "pause") {
      link.isPaused = true;
    } else if (output.kind === "resume") {
      link.isPaused = false;
      this.#awake.add(output.client);
      this.#batchSoon();
    } else {
      this.#write(link, output);
    }
  }

  #write(link: ServerLink, output: Output & { kind: "write" }): void {
    if (output.close !== "abort") {
      link.write(output.bytes);
      this.#touched.add(link);
    }
    if (output.close === "no") return;
    this.#links.delete(output.client);
    this.#touched.delete(link);
    link.close({ code: output.closeCode || 1006, reason: output.reason });
    this.#engine.close(output.client);
  }

  #answer({ query, status, type, bytes, isLast }: Output & { kind: "report" }): void {
    const asker = this.#askers.get(query);
    if (!asker) return;
    asker.pieces.push(bytes);
    if (!isLast) return;
    this.#askers.delete(query);
    const decoder = new TextDecoder();
    const text = asker.pieces.map((piece) => decoder.decode(piece, { stream: true })).join("");
    asker.resolve({ status, type, text: text + decoder.decode() });
  }

  // Time, slots, the end.

  #tick(): bigint {
    const now = timeNow();
    this.#engine.tick(now);
    return now.mono;
  }

  #armTimer(): void {
    const deadline = this.#engine.deadline();
    if (deadline === this.#timerAt && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (deadline === undefined) return;
    const now = timeNow().mono;
    if (deadline <= now) return this.#batchSoon();
    this.#timerAt = deadline;
    const wait = Math.min(Math.ceil(Number(deadline - now) / 1e6), timerMsMax);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#batchSoon();
    }, wait);
    // In Node it is the server that keeps the process running, not what is due in it.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  // What needs a slot and finds none waits until this is done.
  #growPool(now: bigint): void {
    const pool = this.#pool;
    if (!pool || this.#isGrowing || now < this.#growsFrom) return;
    const wanted = this.#engine.slotsWanted();
    if (wanted <= 0) return;
    this.#isGrowing = true;
    const before = pool.slots.length;
    const grown = pool.grow(wanted).catch((error: unknown) => {
      this.#options.onLog("warning", `no more files for streams: ${messageOf(error)}`);
      this.#growsFrom = now + growRetry;
    });
    void grown.then(() => {
      this.#isGrowing = false;
      if (this.#isEnded) return;
      this.#guarded(() => this.#engine.addSlots(pool.slots.slice(before)));
      this.#batchSoon();
    });
  }

  // Does what somebody asks for. Returns why it could not be done: what was asked was wrong, which
  // has the code `refusal`, or the server is at its end.
  #asked(refusal: ErrorCode, act: () => void): ServerError | undefined {
    if (this.#isEnded) return new ServerError("stopped", "the server is stopped");
    let refused: ServerError | undefined;
    const fault = this.#guarded(() => {
      this.#tick();
      try {
        act();
      } catch (error) {
        if (!(error instanceof ServerError) || error.code !== refusal) throw error;
        refused = error;
      }
    });
    if (!fault) this.#batchSoon();
    return fault ?? refused;
  }

  // A fault in the server ends it: nothing it holds can be trusted any more.
  #guarded(act: () => void): ServerError | undefined {
    try {
      act();
      return undefined;
    } catch (error) {
      const why = messageOf(error);
      const fault = new ServerError("crashed", `the server has crashed: ${why}`);
      this.#options.onLog("fatal", fault.message);
      this.#end(fault, { code: 1011, reason: fault.message });
      return fault;
    }
  }

  #end(error: ServerError | undefined, close: Close): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    for (const link of this.#links.values()) link.close(close);
    this.#links.clear();
    for (const { reject } of this.#askers.values()) {
      reject(error ?? new ServerError("stopped", "the server is stopped"));
    }
    this.#askers.clear();
    if (!error) this.#engine.destroy();
    this.#pool?.close();
    this.#options.onEnd(error);
  }
}
