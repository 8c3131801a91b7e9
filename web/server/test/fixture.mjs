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
