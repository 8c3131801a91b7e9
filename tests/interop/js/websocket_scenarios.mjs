// What a client does over WebSocket, in Node and in a page alike: nothing here knows which it is.
// A scenario gets `claims`, `connect(options)`, and `restart()`, which ends the server and starts
// it again on the same port.

import { deadline, deferred, headers, nuid } from "@nats-io/nats-core";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { Objm } from "@nats-io/obj";

const waitMs = 10_000;
const range = (count) => Array.from({ length: count }, (_, index) => index);

// Bytes that do not compress to nothing and are known by their size.
function bytesOf(size) {
  const bytes = new Uint8Array(size);
  let state = size + 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> (index % 3 === 0 ? 24 : 28);
  }
  return bytes;
}

function isSame(left, right) {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

async function take(iterator, count) {
  const items = [];
  for await (const item of iterator) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}

async function publishSubscribe(claims, { connect }) {
  const [giver, taker] = [await connect(), await connect()];
  const sizes = [0, 1, 125, 126, 4096, 65_535, 65_536, 900_000, ...range(300)];
  const subscription = taker.subscribe("sizes.*", { max: sizes.length });
  await taker.flush();
  for (const size of sizes) giver.publish(`sizes.${size}`, bytesOf(size));
  const seen = await deadline(take(subscription, sizes.length), waitMs);
  const subjects = seen.map(({ subject }) => subject);
  claims.equal(subjects, sizes.map((size) => `sizes.${size}`), "in order");
  const areWhole = seen.every(({ data }, index) => isSame(data, bytesOf(sizes[index])));
  claims.holds(areWhole, "every payload arrives as it was sent");
  await Promise.all([giver.close(), taker.close()]);
}

async function headersArrive(claims, { connect }) {
  const client = await connect();
  const subscription = client.subscribe("with.headers", { max: 1 });
  const own = headers();
  own.append("Greeting", "hello");
  own.append("Greeting", "grüße");
  client.publish("with.headers", "x", { headers: own });
  const [message] = await deadline(take(subscription, 1), waitMs);
  claims.equal(message.headers.values("Greeting"), ["hello", "grüße"], "both values are there");
  await client.close();
}

async function requestReply(claims, { connect }) {
  const [service, client] = [await connect(), await connect()];
  service.subscribe("double", {
    callback: (_, message) => message.respond(String(2 * Number(message.string()))),
  });
  await service.flush();
  const asked = range(100).map((number) => client.request("double", String(number)));
  const replies = (await Promise.all(asked)).map((reply) => Number(reply.string()));
  claims.equal(replies, range(100).map((number) => 2 * number), "each request has its reply");
  const error = await client.request("nobody.here").catch((reason) => reason);
  claims.holds(error.isNoResponders?.(), "nobody answers, and that is told at once", String(error));
  await Promise.all([service.close(), client.close()]);
}

async function queueGroup(claims, { connect }) {
  const clients = [await connect(), await connect(), await connect()];
  const seen = [[], []];
  const done = deferred();
  for (const worker of [0, 1]) {
    clients[worker].subscribe("jobs", {
      queue: "workers",
      callback: (_, message) => {
        seen[worker].push(Number(message.string()));
        if (seen[0].length + seen[1].length === 200) done.resolve();
      },
    });
    await clients[worker].flush();
  }
  for (const job of range(200)) clients[2].publish("jobs", String(job));
  await deadline(done, waitMs);
  const all = [...seen[0], ...seen[1]].sort((left, right) => left - right);
  claims.equal(all, range(200), "each job is done once");
  claims.holds(seen[0].length > 20 && seen[1].length > 20, "both workers have work");
  await Promise.all(clients.map((client) => client.close()));
}

async function streams(claims, { connect }) {
  const client = await connect();
  const name = `S${nuid.next()}`;
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name, subjects: [`${name}.*`] });
  await manager.consumers.add(name, { durable_name: "worker", ack_policy: "explicit" });
  const js = jetstream(client);
  const acks = await Promise.all(
    range(200).map((number) => js.publish(`${name}.n`, String(number), { msgID: `m${number}` })),
  );
  claims.equal(acks.at(-1).seq, 200, "200 messages are stored");
  const again = await js.publish(`${name}.n`, "0", { msgID: "m0" });
  claims.holds(again.duplicate, "a message that was sent twice is told apart");
  const consumer = await js.consumers.get(name, "worker");
  const taken = [];
  const messages = await consumer.consume({ max_messages: 50 });
  for await (const message of messages) {
    taken.push(Number(message.string()));
    message.ack();
    if (taken.length === 200) break;
  }
  claims.equal(taken, range(200), "they are consumed in order");
  await client.flush();
  const { num_ack_pending, num_pending } = await consumer.info();
  claims.equal([num_ack_pending, num_pending], [0, 0], "and acknowledged");
  await manager.streams.delete(name);
  await client.close();
}

async function keyValueWatch(claims, { connect }) {
  const client = await connect();
  const name = `K${nuid.next()}`;
  const bucket = await new Kvm(client).create(name, { history: 3 });
  await bucket.put("a", "1");
  const watch = await bucket.watch();
  const seen = take(watch, 4);
  await bucket.put("b", "2");
  await bucket.put("a", "3");
  await bucket.delete("b");
  const changes = (await deadline(seen, waitMs)).map(
    ({ key, operation, value }) => [key, operation, new TextDecoder().decode(value)],
  );
  const wanted = [["a", "PUT", "1"], ["b", "PUT", "2"], ["a", "PUT", "3"], ["b", "DEL", ""]];
  claims.equal(changes, wanted, "a watcher sees what is there, then each change");
  const refused = await bucket.update("a", "x", 1).catch((error) => error);
  claims.equal(refused.code, 10071, "an update of what has changed is refused");
  await bucket.destroy();
  await client.close();
}

async function objectStore(claims, { connect }) {
  const client = await connect();
  const name = `O${nuid.next()}`;
  const store = await new Objm(client).create(name);
  const bytes = bytesOf(3_000_000);
  const info = await store.putBlob({ name: "large" }, bytes);
  claims.equal(info.size, bytes.length, "three megabytes are stored");
  const back = await deadline(store.getBlob("large"), waitMs);
  claims.holds(isSame(back, bytes), "and come back as they were");
  await store.destroy();
  await client.close();
}

async function reconnect(claims, { connect, restart }) {
  const forever = { reconnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 50 };
  const client = await connect(forever);
  const name = `R${nuid.next()}`;
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name, subjects: [`${name}.*`] });
  await jetstream(client).publish(`${name}.x`, "before");
  const subscription = client.subscribe("still.there", { max: 1 });
  await client.flush();
  const isBack = (async () => {
    for await (const { type } of client.status()) if (type === "reconnect") return;
  })();
  await restart();
  await deadline(isBack, waitMs);
  client.publish("still.there", "yes");
  const [message] = await deadline(take(subscription, 1), waitMs);
  claims.equal(message.string(), "yes", "the subscription outlives the server");
  const stored = await manager.streams.getMessage(name, { seq: 1 });
  claims.equal(stored.string(), "before", "what was stored is there after the restart");
  await manager.streams.delete(name);
  await client.close();
}

export const scenarios = {
  publishSubscribe, headersArrive, requestReply, queueGroup, streams, keyValueWatch, objectStore,
  reconnect,
};
