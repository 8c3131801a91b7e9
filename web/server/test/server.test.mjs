import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { connected, newFolder, once, started } from "./fixture.mjs";
import { Server, ServerError } from "../dist/index.js";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { deadline, wsconnect } from "@nats-io/nats-core";

async function take(subscription) {
  for await (const message of subscription) return message;
}

test("a client subscribes, publishes and is asked", async (t) => {
  const server = await started(t);
  const [giver, taker] = [await connected(t, server), await connected(t, server)];
  const subscription = taker.subscribe("greet.*");
  await taker.flush();
  giver.publish("greet.all", "hello");
  const message = await take(subscription);
  assert.equal(message.string(), "hello");
  taker.subscribe("double", {
    callback: (_, asked) => asked.respond(String(2 * Number(asked.string()))),
  });
  await taker.flush();
  assert.equal((await giver.request("double", "21")).string(), "42");
});

test("two servers in one process know nothing of each other", async (t) => {
  const [left, right] = [await started(t), await started(t)];
  assert.notEqual(left.info.id, right.info.id);
  const clients = [await connected(t, left), await connected(t, right)];
  const seen = [[], []];
  for (const [index, client] of clients.entries()) {
    client.subscribe("who", { callback: (_, message) => seen[index].push(message.string()) });
  }
  clients[0].publish("who", "left");
  clients[1].publish("who", "right");
  await Promise.all(clients.map((client) => client.flush()));
  assert.deepEqual(seen, [["left"], ["right"]]);
});

test("a stop ends the links, and nothing starts on them again", async (t) => {
  const server = await started(t);
  const client = await wsconnect(server.options({ reconnect: false }));
  const closed = once(server, "closed");
  await server.stop();
  assert.equal((await closed).detail.error, undefined);
  await deadline(client.closed(), 5000);
  await assert.rejects(wsconnect(server.options({ reconnect: false })));
  await assert.rejects(server.report("/varz"), { code: "stopped" });
  await server.stop();
});

test("a folder keeps its streams over a restart", async (t) => {
  const storage = newFolder(t);
  const first = await started(t, { storage });
  assert.equal(first.info.storage, "folder");
  const client = await connected(t, first);
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "KEPT", subjects: ["kept.*"] });
  for (let number = 1; number <= 50; number += 1) {
    await jetstream(client).publish(`kept.${number}`, String(number));
  }
  await first.stop();

  const second = await started(t, { storage });
  const again = await jetstreamManager(await connected(t, second));
  const { state } = await again.streams.info("KEPT");
  assert.deepEqual([state.messages, state.last_seq], [50, 50]);
  const stored = await again.streams.getMessage("KEPT", { seq: 50 });
  assert.equal(stored.string(), "50");
});

test("a folder that another server has open is refused", async (t) => {
  const storage = newFolder(t);
  const first = await started(t, { storage });
  await assert.rejects(Server.start({ storage }), (error) => {
    assert.ok(error instanceof ServerError);
    assert.equal(error.code, "storage_locked");
    assert.match(error.message, /another server/);
    return true;
  });
  await first.stop();
  await started(t, { storage });
});

test("processes of a cluster do not share a folder", async (t) => {
  const program = fileURLToPath(new URL("cluster.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, newFolder(t)], { stdio: "pipe" });
  const said = (await child.stdout.toArray()).join("").split("\n").filter(Boolean);
  assert.deepEqual(said.sort(), ["started", "storage_locked"]);
});

test("faults of a configuration are told with line and column", async () => {
  const config = "jetstream {}\nno_such_key: 1\nmax_payload: what\n";
  await assert.rejects(Server.start({ config }), (error) => {
    assert.equal(error.code, "config");
    assert.ok(error.problems.length >= 1, error.message);
    assert.match(error.message, /:2:|:3:/);
    return true;
  });
});

test("a configuration may be an object", async (t) => {
  const config = {
    server_name: "an-object",
    max_payload: 2048,
    authorization: { users: [{ user: "ann", password: '$e"cret\\1' }] },
    jetstream: { max_memory_store: "1M" },
  };
  const server = await started(t, { config });
  assert.equal(server.info.name, "an-object");
  await assert.rejects(wsconnect(server.options({ reconnect: false })));
  const client = await connected(t, server, { user: "ann", pass: '$e"cret\\1' });
  assert.equal(client.info.max_payload, 2048);
});

test("what cannot be in a configuration is named by its path", async () => {
  for (const [config, what] of [
    [{ jetstream: { max_mem: null } }, "jetstream.max_mem"],
    [{ ping_interval: Number.NaN }, "ping_interval"],
    [{ accounts: { A: { users: [() => {}] } } }, "accounts.A.users[0]"],
  ]) {
    await assert.rejects(Server.start({ config }), (error) => {
      assert.equal(error.code, "config");
      assert.ok(error.message.startsWith(what), error.message);
      return true;
    });
  }
});

test("options that are not known, or not possible here, are refused", async () => {
  for (const [options, what] of [
    [{ storge: "memory" }, /no option "storge"/],
    [{ storage: "opfs" }, /Node has no OPFS/],
    [{ memoryMax: 5 }, /memoryMax/],
    [{ name: "../up" }, /name/],
    [{ shared: true }, /shared/],
  ]) {
    await assert.rejects(Server.start(options), (error) => {
      assert.equal(error.code, "options");
      assert.match(error.message, what);
      return true;
    });
  }
});

test("a wasm that is not there, or is none, is told", async () => {
  await assert.rejects(Server.start({ wasm: "./not/there.wasm" }), { code: "wasm" });
  await assert.rejects(Server.start({ wasm: new Uint8Array([1, 2, 3]) }), { code: "wasm" });
  const other = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]); // a module with nothing in it
  await assert.rejects(Server.start({ wasm: other }), { code: "wasm" });
});

test("a report is an object, or an error that says why", async (t) => {
  const server = await started(t);
  const client = await connected(t, server, { name: "seen" });
  client.subscribe("a");
  await client.flush();
  const { connections } = await server.report("/connz", "subs=1");
  assert.deepEqual([connections[0].name, connections[0].subscriptions_list], ["seen", ["a"]]);
  assert.match(await server.report("/metrics"), /^# HELP/);
  await assert.rejects(server.report("/nowhere"), { code: "report" });
});

test("a reload takes a new configuration, or none of it", async (t) => {
  const server = await started(t, { config: "max_payload: 1000" });
  await server.reload("max_payload: 2000");
  assert.equal((await connected(t, server)).info.max_payload, 2000);
  await assert.rejects(server.reload("max_payload: ["), { code: "config" });
  assert.equal((await connected(t, server)).info.max_payload, 2000);
});

test("what is too long to be asked is refused, and nothing is kept of it", async (t) => {
  const server = await started(t);
  const long = "x".repeat(100_000_000);
  await assert.rejects(server.reload(`# ${long}`), { code: "config", message: /longer than/ });
  await assert.rejects(Server.start({ config: long }), { code: "config", message: /longer than/ });
  await assert.rejects(server.report("/connz", long), { code: "report", message: /too long/ });
  const { mem } = await server.report("/varz");
  assert.ok(mem < 10_000_000, `${mem} bytes`);
});
