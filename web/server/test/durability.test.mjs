import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { connected, newFolder, started } from "./fixture.mjs";
import { compileWasm, Engine, Host, LinkSocket, localChannels, MemorySlots, timeNow }
  from "../dist/engine.js";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { wsconnect } from "@nats-io/nats-core";

// A process that publishes with acks as fast as it can, and says each time how far it has come.
function publisher(folder) {
  const program = fileURLToPath(new URL("publisher.mjs", import.meta.url));
  return spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
}

async function killedWhilePublishing(folder, atLeast) {
  const child = publisher(folder);
  let [acked, rest] = [0, ""];
  for await (const chunk of child.stdout) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    if (lines.length > 0) acked = Number(lines.at(-1));
    if (acked >= atLeast) child.kill("SIGKILL");
  }
  return acked;
}

test("what was acknowledged is there after kill -9", async (t) => {
  const folder = newFolder(t);
  let acked = 0;
  for (let kill = 0; kill < 3; kill += 1) {
    acked = await killedWhilePublishing(folder, acked + 2000);
    const server = await started(t, { storage: folder });
    const client = await connected(t, server);
    const { state } = await (await jetstreamManager(client)).streams.info("ACKED");
    assert.ok(state.last_seq >= acked, `${acked} were acknowledged, ${state.last_seq} are there`);
    assert.equal(state.messages, state.last_seq);
    const last = await (await jetstreamManager(client)).streams.getMessage("ACKED", { seq: acked });
    assert.equal(last.string(), String(acked));
    await server.stop();
  }
});

// A server on a disk of so many bytes.
async function startOn(pool, onEnd = () => {}) {
  const engine = await Engine.create(await compileWasm(), { slots: pool.slots });
  engine.limit(64 << 20, 1 << 30);
  engine.tick(timeNow());
  engine.configure("jetstream {}");
  engine.start(crypto.getRandomValues(new Uint8Array(32)));
  while (engine.recover());
  const host = new Host({ engine, pool, onLog: () => {}, onEnd });
  const wsFactory = () => {
    const [near, far] = localChannels();
    host.attach(far, "in-process");
    return { socket: new LinkSocket("ws://myelin.invalid", near), encrypted: false };
  };
  const client = await wsconnect({ servers: "ws://x", wsFactory, reconnect: false });
  return { host, client, js: jetstream(client), manager: await jetstreamManager(client) };
}

test("a full disk refuses publishes, and nothing is lost", async () => {
  const pool = new MemorySlots(24 << 20);
  await pool.grow(8);
  const { host, client, js, manager } = await startOn(pool);
  await manager.streams.add({ name: "FULL", subjects: ["full"] });
  const payload = new Uint8Array(100_000);
  let stored = 0;
  let refusal;
  while (!refusal) {
    await js.publish("full", payload).then(({ seq }) => (stored = seq), (why) => (refusal = why));
    assert.ok(stored < 1000, "the disk never becomes full");
  }
  assert.match(refusal.message, /insufficient|resource|storage|disk/i);
  assert.ok(stored >= 50, `${stored} were stored`);
  assert.equal((await manager.streams.info("FULL")).state.messages, stored);
  assert.equal((await manager.streams.getMessage("FULL", { seq: 1 })).data.length, 100_000);
  await client.close();
  host.stop();

  const again = await startOn(pool);
  assert.equal((await again.manager.streams.info("FULL")).state.messages, stored);
  await again.manager.streams.purge("FULL");
  // What is purged is given back to the disk a little later.
  let next;
  while (!next) next = await again.js.publish("full", payload).catch(() => undefined);
  assert.equal(next.seq, stored + 1);
  await again.client.close();
  again.host.stop();
});

// What the headers of a pool's slots say: see docs/storage-format.md.
function namesOf(pool) {
  return pool.slots.map((slot) => {
    const front = Buffer.alloc(4096);
    slot.read(front, { at: 0 });
    const isFile = front.readUInt32LE(12) === 1;
    return isFile ? front.subarray(28, 28 + front.readUInt32LE(24)).toString() : "";
  });
}

test("a damaged slot takes no stream along, though it held what defines them", async () => {
  const pool = new MemorySlots();
  await pool.grow(8);
  const { host, client, js, manager } = await startOn(pool);
  await manager.streams.add({ name: "KEPT", subjects: ["kept"] });
  for (let number = 1; number <= 100; number += 1) await js.publish("kept", String(number));
  await client.close();
  host.stop();

  const names = namesOf(pool);
  const definitions = pool.slots[names.findIndex((name) => name.startsWith("meta/"))];
  definitions.write(new Uint8Array(4096).fill(255), { at: 0 });
  const again = await startOn(pool);
  await again.manager.streams.add({ name: "OTHER", subjects: ["other"] });
  await again.js.publish("other");
  await again.client.close();
  again.host.stop();
  const still = new Set(namesOf(pool));
  const stored = names.filter((name) => name.startsWith("streams/"));
  assert.deepEqual(stored.filter((name) => !still.has(name)), []);
});

test("a server stops although the streams wait for files that are being made", async () => {
  const pool = new MemorySlots();
  await pool.grow(8);
  let isAsked = () => {};
  const asked = new Promise((resolve) => (isAsked = resolve));
  pool.grow = () => new Promise(() => isAsked()); // it takes as long as it likes
  const { host, client, js, manager } = await startOn(pool);
  for (let number = 1; number <= 12; number += 1) {
    await manager.streams.add({ name: `S${number}`, subjects: [`s.${number}`] });
  }
  for (let number = 1; number <= 12; number += 1) js.publish(`s.${number}`).catch(() => {});
  await asked;
  host.stop();
  await client.closed();
});

// From now on calls of an export of the module go through `replace`, which is given the real one.
function replaced(test, name, replace) {
  const { instantiate } = WebAssembly;
  test.after(() => (WebAssembly.instantiate = instantiate));
  WebAssembly.instantiate = async (...parameters) => {
    const { exports } = await instantiate(...parameters);
    return { exports: { ...exports, [name]: replace(exports) } };
  };
}

function trap() {
  throw new WebAssembly.RuntimeError("unreachable");
}

test("who asks for what ends the server is told", async (t) => {
  for (const [name, ask] of [
    ["myelin_query", (server) => server.report("/varz")],
    ["myelin_reload", (server) => server.reload("")],
  ]) {
    await t.test(name, async (t) => {
      replaced(t, name, () => trap);
      const server = await started(t);
      const closed = new Promise((resolve) => server.addEventListener("closed", resolve));
      await assert.rejects(ask(server), { code: "crashed" });
      assert.equal((await closed).detail.error.code, "crashed");
    });
  }
});

test("a server that crashes says so to everybody, and another can be started", async (t) => {
  replaced(t, "myelin_receive", (exports) => (h, client, size) => {
    const bytes = new Uint8Array(exports.memory.buffer, exports.myelin_buffer(h, size), size);
    if (new TextDecoder().decode(bytes).includes("PUB crash")) trap();
    exports.myelin_receive(h, client, size);
  });
  const storage = newFolder(t);
  const server = await started(t, { storage });
  const client = await wsconnect(server.options({ reconnect: false }));
  const closed = new Promise((resolve) => server.addEventListener("closed", resolve));
  const [bystander] = [server.socket()];
  const bystanders = new Promise((resolve) => bystander.addEventListener("close", resolve));
  client.publish("crash");
  const { error } = (await closed).detail;
  assert.equal(error.code, "crashed");
  assert.match(error.message, /unreachable/);
  const { code, reason } = await bystanders;
  assert.deepEqual([code, /crashed/.test(reason)], [1011, true]);
  assert.ok((await client.closed()) instanceof Error);
  await assert.rejects(server.report("/varz"), { code: "stopped" });
  await started(t, { storage });
});
