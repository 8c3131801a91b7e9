// A server in a thread of its own, as in a page. Its Worker is Node's here.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { connected, newFolder, once, RawLink, started } from "./fixture.mjs";
import { Door, Server } from "../dist/index.js";
import { wsconnect } from "@nats-io/nats-core";

const workerUrl = new URL("../dist/worker.js", import.meta.url);

// A Worker whose server traps when it is told to: its exports are wrapped.
function crashingWorker(folder) {
  const path = `${folder}/crashing.mjs`;
  const patchPath = `${folder}/patch.mjs`;
  writeFileSync(patchPath, `
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = async (...parameters) => {
      const { exports } = await instantiate(...parameters);
      const receive = (h, client, size) => {
        const at = exports.myelin_buffer(h, size);
        const text = new TextDecoder().decode(new Uint8Array(exports.memory.buffer, at, size));
        if (text.includes("PUB crash")) throw new WebAssembly.RuntimeError("unreachable");
        exports.myelin_receive(h, client, size);
      };
      return { exports: { ...exports, myelin_receive: receive } };
    };`);
  writeFileSync(path, `import "./patch.mjs"; import "${workerUrl}";`);
  return pathToFileURL(path);
}

test("reports, reloads and errors cross", async (t) => {
  const server = await started(t, { worker: true });
  const client = await connected(t, server, { name: "afar" });
  const { connections } = await server.report("/connz");
  assert.deepEqual(connections.map(({ name }) => name), ["afar"]);
  await assert.rejects(server.report("/nowhere"), { code: "report" });
  await assert.rejects(server.reload("max_payload: ["), (error) => {
    assert.deepEqual([error.code, error.problems.length], ["config", 1]);
    return true;
  });
  await server.reload("jetstream {}\nmax_payload: 2000");
  assert.equal((await connected(t, server)).info.max_payload, 2000);
  await client.close();
});

test("faults of the start cross, too", async (t) => {
  const storage = newFolder(t);
  const first = await started(t, { worker: true, storage });
  await assert.rejects(Server.start({ worker: true, storage }), { code: "storage_locked" });
  await assert.rejects(Server.start({ worker: true, config: "no_such: 1" }), { code: "config" });
  const nowhere = pathToFileURL(`${storage}/nowhere.js`);
  await assert.rejects(Server.start({ worker: nowhere }), { code: "worker" });
  await first.stop();
  await started(t, { storage });
});

test("a door whose server was stopped says so at once", async (t) => {
  for (const worker of [false, true]) {
    const server = await started(t, { worker });
    const door = new Door(server.door());
    await server.stop();
    const refusal = await once(door.socket(), "close");
    assert.deepEqual([refusal.code, refusal.reason], [1001, "the server is stopped"]);
    const late = await once(server.socket(), "close");
    assert.equal(late.reason, "the server is stopped");
  }
});

test("a crash of the Worker's server is told to every link", async (t) => {
  const folder = newFolder(t);
  const options = { worker: crashingWorker(folder), storage: `${folder}/streams` };
  const server = await started(t, options);
  const bystander = new RawLink(server);
  t.after(() => bystander.end());
  await bystander.until(({ text }) => text.includes("\r\n"));
  const closed = once(server, "closed");
  const client = await wsconnect(server.options({ reconnect: false }));
  client.publish("crash");
  assert.equal((await closed).detail.error.code, "crashed");
  assert.equal((await bystander.until(({ close }) => close)).code, 1011);
  assert.match(String(await client.closed()), /crashed/);
  await assert.rejects(server.report("/varz"), { code: "stopped" });
  const again = await started(t, { ...options, worker: true });
  await connected(t, again);
});
