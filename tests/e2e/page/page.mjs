// What the scenarios of package.mjs find in the page: the package as it is published, the official
// client, and the few things most of them do. A tab has one server and one connection.

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { wsconnect } from "@nats-io/nats-core";

import { Server } from "./server/index.js"; // not part of the bundle: see package.mjs

const outstandingMax = 500;

globalThis.Server = Server;
globalThis.wsconnect = wsconnect;
globalThis.jetstreamManager = jetstreamManager;

// The server's lines since the page was loaded.
globalThis.logged = [];

// Starts this tab's server and a client of it.
globalThis.start = async (options) => {
  const onLog = (_, text) => logged.push(text);
  globalThis.server = await Server.start({ onLog, ...options });
  const patience = { reconnectTimeWait: 50, maxReconnectAttempts: -1, timeout: 10_000 };
  globalThis.nc = await wsconnect(server.options({ name: "page", ...patience }));
  globalThis.reconnected = new Promise((resolve) => {
    (async () => {
      for await (const { type } of nc.status()) if (type === "reconnect") resolve();
    })();
  });
  globalThis.js = jetstream(nc, { timeout: 10_000 });
  globalThis.jsm = await jetstreamManager(nc, { timeout: 10_000 });
  return { ...server.info };
};

// How something fails that must.
globalThis.failure = async (work, ...given) => {
  try {
    await work(...given);
  } catch ({ name, code, message, problems }) {
    return { name, code, message, problems };
  }
  return { message: "it did not fail" };
};
globalThis.failureToStart = (options) => failure(Server.start, options);

globalThis.addStream = async (name, more = {}) => {
  const { config } = await jsm.streams.add({ name, subjects: [`${name}.>`], ...more });
  return config;
};

// Publishes numbered messages until they are all stored or one is refused. Resolves to how many
// were acknowledged, and the refusal.
globalThis.publish = async (stream, count, size = 16) => {
  let stored = 0;
  let refusal;
  const outstanding = new Set();
  for (let index = 1; index <= count && !refusal; ++index) {
    const payload = `${index}`.padEnd(size, ".");
    const one = js.publish(`${stream}.${index}`, payload).then(
      () => { stored += 1; },
      (error) => { refusal ??= { name: error.name, message: error.message, code: error.code }; },
    ).finally(() => outstanding.delete(one));
    outstanding.add(one);
    if (outstanding.size >= outstandingMax) await Promise.race(outstanding);
  }
  await Promise.all(outstanding);
  return refusal ? { stored, refusal } : { stored };
};

globalThis.state = async (stream) => {
  const { state } = await jsm.streams.info(stream);
  return state;
};

// The numbers of all messages of a stream, as its consumer gets them.
globalThis.numbers = async (stream) => {
  const { messages } = await state(stream);
  const found = [];
  if (messages === 0) return found;
  const consumer = await js.consumers.get(stream);
  for await (const message of await consumer.consume()) {
    found.push(Number.parseInt(message.string(), 10));
    if (message.info.pending === 0) break;
  }
  return found;
};

globalThis.isReady = true;
