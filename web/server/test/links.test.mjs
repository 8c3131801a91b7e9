import assert from "node:assert/strict";
import test from "node:test";

import { connected, once, RawLink, started } from "./fixture.mjs";
import { Door, LinkSocket } from "../dist/index.js";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { wsconnect } from "@nats-io/nats-core";

const KiB = 1024;
const MiB = 1024 * KiB;

function linkOf(test, server) {
  const link = new RawLink(server);
  test.after(() => link.end());
  return link;
}

async function isAlive(test, server) {
  const client = await connected(test, server);
  await client.flush();
}

test("a socket has the shape of a WebSocket", async (t) => {
  const socket = (await started(t)).socket();
  assert.equal(socket.readyState, LinkSocket.CONNECTING);
  assert.throws(() => socket.send("PING\r\n"), { name: "InvalidStateError" });
  await once(socket, "open");
  assert.equal(socket.readyState, socket.OPEN);
  const { data } = await once(socket, "message");
  assert.ok(data instanceof ArrayBuffer);
  assert.match(new TextDecoder().decode(data), /^INFO \{/);
  const answer = once(socket, "message");
  socket.send("CONNECT {}\r\nPING\r\n");
  assert.match(new TextDecoder().decode((await answer).data), /PONG\r\n/);
  const closed = once(socket, "close");
  socket.close(1000, "enough");
  assert.equal(socket.readyState, socket.CLOSING);
  const { wasClean, code, reason } = await closed;
  assert.deepEqual([wasClean, code, reason], [true, 1000, "enough"]);
  assert.equal(socket.readyState, socket.CLOSED);
});

test("a client in another thread comes through a door", async (t) => {
  const server = await started(t);
  const door = new Door(server.door());
  const client = await wsconnect(door.options({ reconnect: false }));
  const [message] = [client.subscribe("near"), client.publish("near", "by")];
  for await (const { string } of message) {
    assert.ok(string);
    break;
  }
  await client.close();
});

test("what is no message of a link ends the link, and is logged", async (t) => {
  const server = await started(t);
  for (const garbage of ["text", 5, null, { ack: -1 }, { ack: 1e300 }, { close: 1 }, [1], {}]) {
    const link = linkOf(t, server);
    await link.until(({ text }) => text.includes("\r\n"));
    link.say("CONNECT {}\r\nPING\r\n");
    await link.until(({ text }) => text.endsWith("PONG\r\n"));
    link.post(garbage);
    const { code } = await link.until(({ close }) => close);
    assert.equal(code, 1002, JSON.stringify(garbage));
  }
  assert.equal(server.lines.filter((line) => line.includes("no message of a link")).length, 8);
  await isAlive(t, server);
});

test("acknowledging what was not sent ends the link", async (t) => {
  const server = await started(t);
  const link = linkOf(t, server);
  await link.until(({ text }) => text.includes("\r\n"));
  link.post({ ack: link.size + 1 });
  assert.equal((await link.until(({ close }) => close)).code, 1002);
});

test("who sends more than there is credit for is cut off", async (t) => {
  const server = await started(t);
  const link = linkOf(t, server);
  await link.until(({ text }) => text.includes("\r\n"));
  link.post(new Uint8Array(1.5 * MiB));
  const { code } = await link.until(({ close }) => close);
  assert.equal(code, 1008);
  assert.ok(server.lines.some((line) => line.includes("more than it has credit for")));
  await isAlive(t, server);
});

test("a port closed in mid-message is a client that has gone", async (t) => {
  const server = await started(t);
  const link = new RawLink(server);
  await link.until(({ text }) => text.includes("\r\n"));
  link.say("CONNECT {}\r\nPUB half 100\r\nonly this");
  await link.until(({ received }) => received.some(({ ack }) => ack));
  link.end();
  const client = await connected(t, server);
  for (;;) {
    const { num_connections } = await server.report("/connz");
    if (num_connections === 1) break;
    await client.flush();
  }
});

test("a page that reads nothing gets no more than its credit, and is cut as slow", async (t) => {
  const server = await started(t);
  const link = linkOf(t, server);
  await link.until(({ text }) => text.includes("\r\n"));
  link.say("CONNECT {}\r\nSUB flood 1\r\nPING\r\n");
  await link.until(({ text }) => text.endsWith("PONG\r\n"));
  const client = await connected(t, server);
  const payload = new Uint8Array(64 * KiB);
  while (!link.close) {
    for (let sent = 0; sent < 16; sent += 1) client.publish("flood", payload);
    await client.flush();
    assert.ok(link.size <= 256 * KiB + 64 * KiB, `${link.size} bytes came`);
  }
  const { slow_consumers } = await server.report("/varz");
  assert.equal(slow_consumers, 1);
});

test("a flood waits in the page, where it can be seen, not in the server", async (t) => {
  const server = await started(t);
  const socket = server.socket();
  await once(socket, "open");
  socket.send("CONNECT {}\r\n");
  const message = `PUB flood ${64 * KiB}\r\n${"x".repeat(64 * KiB)}\r\n`;
  const whole = message.repeat(1024);
  socket.send(whole);
  assert.ok(socket.bufferedAmount >= whole.length - MiB, `${socket.bufferedAmount} bytes wait`);
  const before = (await server.report("/varz")).mem;
  assert.ok(before < 64 * MiB, `${before} bytes`);
  const client = await connected(t, server);
  while (socket.bufferedAmount > 0) await client.flush();
  socket.send("PING\r\n");
  for (;;) {
    const { data } = await once(socket, "message");
    if (new TextDecoder().decode(data).includes("PONG")) break;
  }
  const { in_msgs, mem } = await server.report("/varz");
  assert.equal(in_msgs, 1024);
  assert.ok(mem < 64 * MiB, `${mem} bytes`);
  socket.close();
});

test("more links than allowed are refused, and hear why", async (t) => {
  const server = await started(t, { config: "max_connections: 20" });
  const links = Array.from({ length: 30 }, () => linkOf(t, server));
  await Promise.all(links.map((link) => link.until(({ text }) => text.includes("\r\n"))));
  const refused = [];
  for (const link of links.slice(20)) {
    await link.until(({ close }) => close);
    refused.push(link.text);
  }
  assert.ok(refused.every((text) => text.includes("-ERR 'maximum connections exceeded'")));
});

test("a server short of memory takes nothing more on, and says why", async (t) => {
  const server = await started(t, {
    memoryMax: 16 * MiB,
    config: { jetstream: { max_memory_store: 1024 * MiB } },
  });
  const client = await connected(t, server);
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "HEAP", subjects: ["heap"], storage: "memory" });
  let refusal;
  let stored = 0;
  while (!refusal) {
    const publish = jetstream(client).publish("heap", new Uint8Array(256 * KiB));
    await publish.then(() => (stored += 1), (why) => (refusal = why));
    assert.ok(stored < 64, "nothing is refused");
  }
  assert.equal(refusal.code, 10023);
  await assert.rejects(wsconnect(server.options({ reconnect: false })), /connection refused/);
  const { code, reason } = await once(server.socket(), "close");
  assert.deepEqual([code, reason], [1013, "Maximum Memory Exceeded"]);
  const { state } = await manager.streams.info("HEAP");
  assert.equal(state.messages, stored);
  await manager.streams.purge("HEAP");
  let next;
  while (!next) next = await jetstream(client).publish("heap", "x").catch(() => undefined);
  await isAlive(t, server);
});
