// ExampleRun: one run of one example, in a Worker of its own.

import { transfersOf, type Link } from "../link";
import type { FromWorker, Line, ToWorker } from "./protocol";

export type Outcome = "done" | "failed" | "stopped";

export interface RunEvents {
  lines(lines: Line[], leftOut: number): void;
  ended(outcome: Outcome): void;
}

// How long an example that waits for stopped() may take to tidy up.
const stopMsMax = 2000;
// How long its connections may take to close, when it is over. An endless loop closes none.
const leaveMsMax = 200;

export class ExampleRun {
  static #spare: Worker | undefined;
  readonly #worker: Worker;
  readonly #events: RunEvents;
  #waits = false;
  #isStopping = false;
  #isOver = false;

  // Has a Worker loaded before it is needed.
  static prepare(): void {
    ExampleRun.#spare ??= newWorker();
  }

  constructor(name: string, source: string, link: Link, events: RunEvents) {
    this.#events = events;
    this.#worker = ExampleRun.#spare ?? newWorker();
    ExampleRun.#spare = undefined;
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const text = event.message || "The Worker of the example could not be loaded.";
      this.#take({ type: "lines", lines: [{ kind: "error", text }], leftOut: 0 });
      this.#end("failed");
    };
    this.#post({ type: "run", name, source, link }, transfersOf(link));
  }

  // An example that waits for it may end by itself; a second stop, or one that does not wait, ends
  // at once.
  stop(): void {
    if (this.#isOver) return;
    if (!this.#waits || this.#isStopping) return this.#end("stopped");
    this.#isStopping = true;
    this.#post({ type: "stop" });
    setTimeout(() => this.#end("stopped"), stopMsMax);
  }

  // At once, and without a word: another run takes its place.
  kill(): void {
    this.#isOver = true;
    this.#post({ type: "leave" });
    setTimeout(() => this.#worker.terminate(), leaveMsMax);
  }

  #post(message: ToWorker, transfers: Transferable[] = []): void {
    this.#worker.postMessage(message, transfers);
  }

  #take(message: FromWorker): void {
    if (message.type === "left") return this.#worker.terminate();
    if (this.#isOver) return;
    if (message.type === "lines") this.#events.lines(message.lines, message.leftOut);
    if (message.type === "waits") this.#waits = true;
    if (message.type !== "ended") return;
    const isStopped = this.#isStopping && !message.failed;
    this.#end(message.failed ? "failed" : isStopped ? "stopped" : "done");
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.kill();
    this.#events.ended(outcome);
  }
}

// Vite takes a Worker along where it finds it in just this form.
function newWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "example" });
}
