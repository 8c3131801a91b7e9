// The bridge's server in a dedicated Worker of headless Chromium. The Worker has a WebSocket to
// here, over which requests and answers pass as they are. Where a server begins again on its store,
// the page is loaded again first: nothing but OPFS is left of it.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

import { bundle } from "./bundle.mjs";
import { operations } from "./frames.mjs";

const silenceMax = 30_000; // milliseconds

const beginAgain = operations.indexOf("beginAgain");

const page = `<!doctype html><title>bridge</title><link rel="icon" href="data:,">
<script>new Worker("worker.js", { type: "module" });</script>`;

async function serve(files) {
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? [];
    if (body === undefined) return response.writeHead(404).end();
    return response.writeHead(200, { "Content-Type": type }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

class Tab {
  #page;
  #sockets;
  #url;
  #worker;

  constructor(page, sockets, url) {
    this.#page = page;
    this.#sockets = sockets;
    this.#url = url;
    const complain = (error) => this.#worker?.emit("error", error);
    page.on("pageerror", complain);
    page.on("console", (message) => {
      if (message.type() === "error") complain(new Error(message.text()));
    });
  }

  // The page again, with a Worker that goes on where the last one stood.
  async load() {
    const state = this.#worker && (await this.#ask("state"));
    this.#worker = undefined;
    const signal = AbortSignal.timeout(silenceMax);
    const isConnected = once(this.#sockets, "connection", { signal });
    await this.#page.goto(this.#url);
    [this.#worker] = await isConnected;
    await this.#ask(state ?? "");
  }

  async answer(request) {
    if (request[0] === beginAgain) await this.load();
    return this.#ask(request);
  }

  async #ask(request) {
    const signal = AbortSignal.timeout(silenceMax);
    const isAnswered = once(this.#worker, "message", { signal });
    this.#worker.send(request);
    const [answer, isBinary] = await isAnswered;
    return isBinary ? answer : answer.toString();
  }
}

export async function open(wasm, esbuild, chromium, executablePath, WebSocketServer) {
  const server = await serve({
    "/": ["text/html", page],
    "/worker.js": ["text/javascript", await bundle(esbuild, "worker.mjs")],
    "/myelin.wasm": ["application/wasm", await readFile(wasm)],
  });
  const sockets = new WebSocketServer({ server });
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
  const url = `http://127.0.0.1:${server.address().port}/`;
  const tab = new Tab(await browser.newPage(), sockets, url);
  await tab.load();
  const close = async () => {
    await browser.close();
    process.exit();
  };
  return { answer: (request) => tab.answer(request), close };
}
