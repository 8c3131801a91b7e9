// The official clients' libraries, unmodified.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";

import { connected, newFolder, started } from "./fixture.mjs";
import { Server } from "../dist/index.js";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { wsconnect } from "@nats-io/nats-core";
import { Svcm } from "@nats-io/services";

const scenariosUrl = new URL("../../../tests/interop/js/websocket_scenarios.mjs", import.meta.url);
const hasScenarios = existsSync(new URL("./node_modules/@nats-io/obj", scenariosUrl));
const { scenarios = {} } = hasScenarios ? await import(scenariosUrl) : {};

// What every WebSocket client is put through, in memory; each way of running the server once.
async function run(t, options) {
  let server = await Server.start({ onLog: () => {}, ...options });
  t.after(() => server.stop());
  const wsFactory = () => server.wsFactory();
  const connect = (given = {}) =>
    wsconnect({ servers: "ws://x", reconnect: false, timeout: 5000, ...given, wsFactory });
  const restart = async () => {
    await server.stop();
    server = await Server.start({ onLog: () => {}, ...options });
  };
  const claims = { holds: assert.ok, equal: assert.deepEqual };
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (name === "reconnect" && !options.storage) continue;
    await t.test(name, () => scenario(claims, { connect, restart }));
  }
}

test("scenarios in memory", { skip: !hasScenarios }, (t) => run(t, {}));
test("scenarios in a folder", { skip: !hasScenarios }, (t) => run(t, { storage: newFolder(t) }));
test("scenarios in a Worker", { skip: !hasScenarios }, (t) =>
  run(t, { storage: newFolder(t), worker: true }),
);

test("a service is found, asked and counted", async (t) => {
  const server = await started(t);
  const [host, client] = [await connected(t, server), await connected(t, server)];
  const service = await new Svcm(host).add({ name: "sums", version: "1.0.0" });
  service.addEndpoint("add", {
    handler: (_, message) => {
      const [left, right] = JSON.parse(new TextDecoder().decode(message.data));
      message.respond(String(left + right));
    },
  });
  await host.flush();
  assert.equal((await client.request("add", "[2, 3]")).string(), "5");
  const found = [];
  for await (const { name, endpoints } of await new Svcm(client).client().stats("sums")) {
    found.push([name, endpoints[0].num_requests]);
  }
  assert.deepEqual(found, [["sums", 1]]);
  await service.stop();
});

test("an ordered consumer hears everything once, in order", async (t) => {
  const client = await connected(t, await started(t));
  await (await jetstreamManager(client)).streams.add({ name: "O", subjects: ["o"] });
  const js = jetstream(client);
  await Promise.all(Array.from({ length: 2000 }, (_, number) => js.publish("o", String(number))));
  const seen = [];
  const messages = await (await js.consumers.get("O")).consume();
  for await (const message of messages) {
    seen.push(Number(message.string()));
    if (seen.length === 2000) break;
  }
  assert.deepEqual(seen, Array.from({ length: 2000 }, (_, number) => number));
});
