// WorkerServer: a server in a Worker of its own, as the thread that made the Worker sees it.

import type { Call } from "./call.js";
import { type Channel, PortChannel } from "./channel.js";
import { fromPlain, ServerError } from "./errors.js";
import type { Report } from "./host.js";
import type { Backend, ServerEvents, ServerFacts, StartOptions } from "./local_server.js";
import { nodeModule } from "./node_slots.js";
import { compileWasm, isNode } from "./wasm.js";
import type { FromWorker, StartMessage, ToWorker } from "./worker_messages.js";

const lingerMs = 100;

// Without its id, which is this class's business.
interface Waiting {
  resolve(value: unknown): void;
  reject(error: ServerError): void;
}

// A Worker of the web or of Node.
interface Thread {
  post(message: ToWorker, transfer?: MessagePort[]): void;
  listen(onMessage: (message: FromWorker) => void, onError: (why: string) => void): void;
  terminate(): void;
}

export class WorkerServer implements Backend {
  facts: ServerFacts = { id: "", name: "", storage: "memory" };
  readonly role = "leader";
  readonly #thread: Thread;
  readonly #events: ServerEvents;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isEnded = false;

  private constructor(thread: Thread, events: ServerEvents) {
    this.#thread = thread;
    this.#events = events;
  }

  static async start(
    options: StartOptions,
    events: ServerEvents,
    script?: string | URL,
    tabs?: StartMessage["tabs"],
  ): Promise<WorkerServer> {
    // The module is made while the Worker comes up and opens its files, which takes about as long.
    const compiled = compileWasm(options.wasm);
    compiled.catch(() => {}); // it is awaited below
    const server = new WorkerServer(await threadOf(script), events);
    try {
      const { wasm: _, ...start } = options;
      const started = server.#start({ start, tabs });
      started.catch(() => {}); // so is this
      server.#thread.post({ module: await compiled });
      server.facts = await started;
    } catch (error) {
      server.#isEnded = true;
      server.#thread.terminate();
      throw error;
    }
    return server;
  }

  open(): Promise<Channel> {
    const { port1, port2 } = new MessageChannel();
    this.take(port2);
    return Promise.resolve(new PortChannel(port1));
  }

  take(port: MessagePort): void {
    if (this.#isEnded) return new PortChannel(port).refuse();
    this.#thread.post({ link: port }, [port]);
  }

  report(path: string, parameters: string): Promise<Report> {
    return this.#call({ call: "report", path, parameters }) as Promise<Report>;
  }

  async reload(config: string): Promise<void> {
    await this.#call({ call: "reload", config });
  }

  async stop(): Promise<void> {
    await this.#call({ call: "stop" });
  }

  #start(message: StartMessage): Promise<ServerFacts> {
    let isStarted = false;
    return new Promise((resolve, reject) => {
      this.#thread.listen(
        (answer) => {
          if ("started" in answer) {
            isStarted = true;
            resolve(answer.started);
          } else if ("failed" in answer) {
            reject(fromPlain(answer.failed));
          } else {
            this.#take(answer);
          }
        },
        (why) => {
          const what = "the server's Worker";
          if (isStarted) this.#end(new ServerError("crashed", `${what} has failed: ${why}`));
          else reject(new ServerError("worker", `${what} cannot be started: ${why}`));
        },
      );
      this.#thread.post(message);
    });
  }

  #take(message: FromWorker): void {
    if ("log" in message) {
      this.#events.onLog(message.log.level, message.log.text);
    } else if ("ended" in message) {
      this.#end(message.ended && fromPlain(message.ended));
    } else if ("id" in message) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if ("error" in message) waiting?.reject(fromPlain(message.error));
      else waiting?.resolve(message.value);
    }
  }

  #call(call: Call): Promise<unknown> {
    if (this.#isEnded) return Promise.reject(new ServerError("stopped", "the server is stopped"));
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#thread.post({ id, call });
    });
  }

  // Links learn of it by their own ports, unless the Worker is gone for good.
  #end(error: ServerError | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const { resolve, reject } of this.#waiting.values()) {
      if (error) reject(error);
      else resolve(undefined);
    }
    this.#waiting.clear();
    this.#events.onEnd(error);
    // What links were sent last is on its way before the Worker goes.
    setTimeout(() => this.#thread.terminate(), lingerMs);
  }
}

async function threadOf(script?: string | URL): Promise<Thread> {
  if (isNode()) return nodeThread(script);
  // Bundlers find the Worker's script by exactly this form.
  const worker = script
    ? new Worker(script, { type: "module", name: "myelin" })
    : new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "myelin" });
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    listen(onMessage, onError) {
      worker.onmessage = ({ data }) => onMessage(data);
      worker.onerror = ({ message }) => onError(message ?? "its script cannot be loaded");
    },
    terminate: () => worker.terminate(),
  };
}

async function nodeThread(script?: string | URL): Promise<Thread> {
  const { Worker } = await nodeModule<typeof import("node:worker_threads")>("worker_threads");
  const worker = new Worker(new URL(script ?? "./worker.js", import.meta.url));
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as never[]),
    listen(onMessage, onError) {
      worker.on("message", onMessage);
      worker.on("error", (error) => onError(error.message));
    },
    terminate: () => void worker.terminate(),
  };
}
