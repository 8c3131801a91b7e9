// The Worker's entry: one server, for the page that made the Worker and
// the tabs that share it.

import { type Call, perform } from "./call.js";
import { type PlainError, toPlain } from "./errors.js";
import { LocalServer, type ServerEvents } from "./local_server.js";
import { nodeModule } from "./node_slots.js";
import { startShared } from "./tab_desk.js";
import { isNode } from "./wasm.js";
import type { FromWorker, StartMessage, ToWorker } from "./worker_messages.js";

interface Page {
  post(message: FromWorker): void;
  listen(onMessage: (message: ToWorker) => void): void;
}

async function pageOf(): Promise<Page> {
  if (isNode()) {
    const { parentPort } = await nodeModule<typeof import("node:worker_threads")>("worker_threads");
    return {
      post: (message) => parentPort?.postMessage(message),
      listen: (onMessage) => parentPort?.on("message", onMessage),
    };
  }
  const scope = globalThis as unknown as MessagePort;
  return {
    post: (message) => scope.postMessage(message),
    listen: (onMessage) => scope.addEventListener("message", ({ data }) => onMessage(data)),
  };
}

async function serve(page: Page): Promise<void> {
  let server: LocalServer | undefined;
  let giveModule = (_: WebAssembly.Module): void => {};
  const wasm = new Promise<WebAssembly.Module>((resolve) => (giveModule = resolve));
  const events: ServerEvents = {
    onLog: (level, text) => page.post({ log: { level, text } }),
    onEnd: (error) => page.post({ ended: error && toPlain(error, "crashed") }),
  };

  async function start({ start: options, tabs }: StartMessage): Promise<void> {
    try {
      server = tabs
        ? await startShared({ ...options, wasm }, events, tabs)
        : await LocalServer.start({ ...options, wasm }, events);
      page.post({ started: server.facts });
    } catch (error) {
      page.post({ failed: toPlain(error, "crashed") });
    }
  }

  async function answer(id: number, call: Call): Promise<void> {
    try {
      if (!server) throw new Error("the server is not started");
      page.post({ id, value: await perform(server, call) });
    } catch (error) {
      page.post({ id, error: toPlain(error, "crashed") satisfies PlainError });
    }
  }

  page.listen((message) => {
    if ("start" in message) void start(message);
    else if ("module" in message) giveModule(message.module);
    else if ("call" in message) void answer(message.id, message.call);
    else server?.take(message.link);
  });
}

void pageOf().then(serve);
