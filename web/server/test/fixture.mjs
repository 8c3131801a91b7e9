// What the tests share: servers and clients that end with the test.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { wsconnect } from "@nats-io/nats-core";

import { Server } from "../dist/index.js";

// A server whose log is kept in `lines`.
export async function started(test, options = {}) {
  const lines = [];
  const server = await Server.start({
    onLog: (level, text) => lines.push(`${level}: ${text}`),
    ...options,
  });
  test.after(() => server.stop());
  return Object.assign(server, { lines });
}

export async function connected(test, server, options = {}) {
  const client = await wsconnect(server.options({ reconnect: false, timeout: 5000, ...options }));
  test.after(() => client.close());
  return client;
}

export function newFolder(test) {
  const folder = mkdtempSync(join(tmpdir(), "myelin-web-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// Resolves to the first event of a type.
export function once(target, type) {
  return new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
}

// A link without a client: messages go through a port as they are, nothing is acknowledged.
export class RawLink {
  received = []; // whatever came
  #port;
  #waiting = [];

  constructor(server) {
    const door = server.door();
    const { port1, port2 } = new MessageChannel();
    door.postMessage({ link: port2 }, [port2]);
    this.#port = port1;
    port1.onmessage = ({ data }) => {
      this.received.push(data);
      for (const look of [...this.#waiting]) look();
    };
  }

  post(message) {
    this.#port.postMessage(message);
  }

  say(text) {
    this.post(new TextEncoder().encode(text));
  }

  get text() {
    const chunks = this.received.filter((message) => message instanceof Uint8Array);
    return chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
  }

  get size() {
    return this.received.reduce((size, message) => size + (message.length ?? 0), 0);
  }

  get close() {
    return this.received.find((message) => message.close)?.close;
  }

  // Resolves to what `look` finds, once it finds something.
  async until(look) {
    for (;;) {
      const found = look(this);
      if (found) return found;
      await new Promise((resolve) => {
        const done = () => {
          this.#waiting.splice(this.#waiting.indexOf(done), 1);
          resolve();
        };
        this.#waiting.push(done);
      });
    }
  }

  end() {
    this.#port.close();
  }
}
