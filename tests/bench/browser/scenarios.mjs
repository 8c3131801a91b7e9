// What is measured, in a page as in Node. A scenario starts a server of its own, and answers with
// figures in seconds or per second. Every message is accounted for: one that is lost fails the run.
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { wsconnect } from "@nats-io/nats-core";

import { NullServer } from "./null_transport.mjs";

const patience = 120_000; // milliseconds for whatever is waited for
const inFlight = 20_000; // messages between publisher and subscriber
const outstanding = 500; // publishes without their acknowledgement
const filling = 5_000; // the same, where only the store counts
const storedSubject = "bench.stored";

// The log is nobody's.
const inMemory = { storage: "memory", onLog: () => {} };

// A place: { Server, storage(name), processorTime() }, where this runs. Counts are multiplied by
// `scale`, 1 or less; `round` is how often the scenario was run before.
export const scenarios = {
  startInMemory: ({ Server }) => start(Server, inMemory),
  startOnNewStore: ({ Server, storage, round }) => start(Server, storage(`new${round}`)),
  startOnStore: ({ Server, storage }) => start(Server, storage("old")),
  publishSubscribe16: (place) => publishSubscribe(place, 16),
  publishSubscribe128: (place) => publishSubscribe(place, 128),
  nullTransport16: (place) => nullTransport(place, 16),
  nullTransport128: (place) => nullTransport(place, 128),
  requests,
  nullStream,
  storedByCore: (place) => stored(place, publishAndCountReplies),
  storedByJetStream: (place) => stored(place, publishThroughJetStream),
  fill,
  recover,
};

// Starts

// From nothing to the first INFO.
async function start(Server, options) {
  const began = performance.now();
  const server = await Server.start(options);
  const socket = server.socket();
  await soon("INFO", (done) => (socket.onmessage = done));
  const time = (performance.now() - began) / 1000;
  socket.close();
  await server.stop();
  return { time };
}

// Messages nobody keeps

async function publishSubscribe({ Server, processorTime, scale }, size) {
  const server = await Server.start(inMemory);
  const figures = await flow((more) => server.options(more), 400_000 * scale, size, processorTime);
  await server.stop();
  return figures;
}

async function nullTransport({ processorTime, scale }, size) {
  const server = new NullServer("bench.flow", size);
  const figures = await flow((more) => server.options(more), 400_000 * scale, size, processorTime);
  server.close();
  return figures;
}

async function flow(options, count, size, processorTime) {
  const publisher = await wsconnect(options({ name: "publisher" }));
  const subscriber = await wsconnect(options({ name: "subscriber" }));
  const window = new Window(inFlight);
  subscriber.subscribe("bench.flow", { callback: () => window.arrived() });
  await subscriber.flush();
  const payload = new Uint8Array(size).fill(120);
  const measured = await measure(count, processorTime, async () => {
    for (let i = 0; i < count; ++i) {
      if (window.isFull) await window.room();
      publisher.publish("bench.flow", payload);
      window.sent();
    }
    await window.empty();
  });
  await publisher.close();
  await subscriber.close();
  return measured;
}

async function requests({ Server, scale }) {
  const server = await Server.start(inMemory);
  const asker = await wsconnect(server.options());
  const answerer = await wsconnect(server.options());
  answerer.subscribe("bench.question", { callback: (_, message) => message.respond() });
  await answerer.flush();
  const times = [];
  for (let i = 0; i < 2_000 * scale; ++i) {
    const began = performance.now();
    await asker.request("bench.question");
    times.push((performance.now() - began) / 1000);
  }
  await asker.close();
  await answerer.close();
  await server.stop();
  times.sort((one, other) => one - other);
  return { time: times[times.length >> 1], most: times[Math.floor(times.length * 0.99)] };
}

// Messages that are stored

async function nullStream({ processorTime, scale }) {
  const count = 40_000 * scale;
  const server = new NullServer("bench.flow", 0);
  const connection = await wsconnect(server.options());
  const payload = new Uint8Array(128).fill(120);
  const measured = await measure(count, processorTime, () =>
    publishThroughJetStream(connection, count, payload, outstanding));
  await connection.close();
  server.close();
  return measured;
}

async function stored({ Server, storage, processorTime, scale }, publish) {
  const count = 40_000 * scale;
  const server = await Server.start(storage("stored"));
  const connection = await withStream(server);
  const payload = new Uint8Array(128).fill(120);
  const before = await messages(connection);
  const measured = await measure(count, processorTime, () =>
    publish(connection, count, payload, outstanding));
  await accounted(connection, before + count);
  await connection.close();
  await server.stop();
  return measured;
}

async function withStream(server) {
  const connection = await wsconnect(server.options());
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "BENCH", subjects: [storedSubject] });
  return connection;
}

async function messages(connection) {
  const manager = await jetstreamManager(connection);
  return (await manager.streams.info("BENCH")).state.messages;
}

async function accounted(connection, wanted) {
  const seen = await messages(connection);
  if (seen !== wanted) throw new Error(`${wanted} messages were stored, ${seen} are there`);
}

async function publishAndCountReplies(connection, count, payload, most) {
  const window = new Window(most);
  const replies = connection.subscribe("bench.acks", {
    callback: (_, message) => {
      if (message.string().includes('"error"')) window.fail(new Error(message.string()));
      window.arrived();
    },
  });
  for (let i = 0; i < count; ++i) {
    if (window.isFull) await window.room();
    connection.publish(storedSubject, payload, { reply: "bench.acks" });
    window.sent();
  }
  await window.empty();
  replies.unsubscribe();
}

async function publishThroughJetStream(connection, count, payload, most) {
  const stream = jetstream(connection);
  let left = count;
  const publisher = async () => {
    while (left-- > 0) await stream.publish(storedSubject, payload, { timeout: patience });
  };
  await Promise.all(Array.from({ length: most }, publisher));
}

// A store of many messages, and the next start on it. `fill` leaves its server running.
async function fill({ Server, storage, scale }) {
  const count = 1_000_000 * scale;
  const server = await Server.start(storage("large"));
  const connection = await withStream(server);
  const before = await messages(connection);
  await publishAndCountReplies(connection, count - before, new Uint8Array(16), filling);
  await accounted(connection, count);
  await connection.close();
  return {};
}

async function recover({ Server, storage, scale }) {
  const figures = await start(Server, storage("large"));
  const server = await Server.start(storage("large"));
  const connection = await wsconnect(server.options());
  await accounted(connection, 1_000_000 * scale);
  await connection.close();
  await server.stop();
  return figures;
}

// What all have in common

async function measure(count, processorTime, deed) {
  const processorBefore = await processorTime();
  const began = performance.now();
  await deed();
  const seconds = (performance.now() - began) / 1000;
  const processor = (await processorTime()) - processorBefore;
  return { rate: count / seconds, processor: processor / count };
}

// How many are on their way, and a place to wait until they are fewer.
class Window {
  #size;
  #used = 0;
  #wanted = 0;
  #done;
  #failed;

  constructor(size) {
    this.#size = size;
  }

  get isFull() {
    return this.#used >= this.#size;
  }

  sent() {
    ++this.#used;
  }

  arrived() {
    if (--this.#used <= this.#wanted) this.#done?.();
  }

  fail(error) {
    this.#failed ??= error;
    this.#done?.();
  }

  // Until half of it is free: who is woken for each message does little else.
  room() {
    return this.#until(this.#size >> 1);
  }

  empty() {
    return this.#until(0);
  }

  async #until(wanted) {
    this.#wanted = wanted;
    if (this.#used > wanted) await soon("messages", (done) => (this.#done = done));
    this.#done = undefined;
    if (this.#failed) throw this.#failed;
  }
}

function soon(what, arm) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patience);
    arm(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
