// Observer: the page's side of its observer Worker. Events carry what the Worker tells; calls are
// promises.

import { transfersOf, type Link } from "../link";
import type { Entry, FromObserver, LinkState, Sending, ServerInfo, ToObserver } from "./protocol";

export type Told<T extends FromObserver["type"]> = Extract<FromObserver, { type: T }>;
type Listener<T extends FromObserver["type"]> = (message: Told<T>) => void;

// Without what a call needs to find its way: that is added here.
type Call = Omit<Extract<ToObserver, { call: number }>, "call">;

export class Observer {
  state: LinkState = "connecting";
  server: ServerInfo | undefined;
  readonly #worker: Worker;
  readonly #listeners = new Map<string, ((message: FromObserver) => void)[]>();
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  constructor(link: Link) {
    // Vite takes a Worker along where it finds it in just this form.
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: "observer",
    });
    this.#worker.onmessage = ({ data }: MessageEvent<FromObserver>) => this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#take({ type: "state", state: "closed", error: event.message || "It did not load." });
    };
    this.#post({ type: "open", link }, transfersOf(link));
  }

  on<T extends FromObserver["type"]>(type: T, listener: Listener<T>): void {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...listeners, listener as (message: FromObserver) => void]);
  }

  follow(on: boolean): void {
    this.#post({ type: "follow", on });
  }

  showInternals(on: boolean): void {
    this.#post({ type: "internals", on });
  }

  // The number of the subscription: "delivered" and "unsubscribed" name it.
  subscribe(subject: string, queue: string): number {
    const id = ++this.#lastId;
    this.#post({ type: "subscribe", id, subject, queue });
    return id;
  }

  unsubscribe(id: number): void {
    this.#post({ type: "unsubscribe", id });
  }

  async publish(sending: Sending): Promise<void> {
    await this.#call({ type: "publish", sending } as Call);
  }

  async request(sending: Sending, timeoutMs: number): Promise<Entry> {
    return (await this.#call({ type: "request", sending, timeoutMs } as Call)) as Entry;
  }

  async api(subject: string, body?: unknown): Promise<unknown> {
    return this.#call({ type: "api", subject, body } as Call);
  }

  close(): void {
    this.#worker.terminate();
    for (const { reject } of this.#calls.values()) reject(new Error("The connection is closed."));
    this.#calls.clear();
    this.#listeners.clear();
  }

  #call(call: Call): Promise<unknown> {
    const id = ++this.#lastId;
    const pending = withResolvers<unknown>();
    this.#calls.set(id, pending);
    this.#post({ ...call, call: id } as ToObserver);
    return pending.promise;
  }

  #post(message: ToObserver, transfers: Transferable[] = []): void {
    this.#worker.postMessage(message, transfers);
  }

  #take(message: FromObserver): void {
    if (message.type === "state") {
      this.state = message.state;
      if (message.server) this.server = message.server;
    }
    if (message.type === "answer" || message.type === "failure") {
      const pending = this.#calls.get(message.call);
      this.#calls.delete(message.call);
      if (message.type === "answer") pending?.resolve(message.value);
      else pending?.reject(new Error(message.error));
    }
    for (const listener of this.#listeners.get(message.type) ?? []) listener(message);
  }
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
