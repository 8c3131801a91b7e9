// Publishes with acks until it is killed; each line says up to which number all are acknowledged.

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { wsconnect } from "@nats-io/nats-core";

import { Server } from "../dist/index.js";

const outstandingMax = 200;

const server = await Server.start({ storage: process.argv[2] });
const client = await wsconnect(server.options());
const manager = await jetstreamManager(client);
await manager.streams.add({ name: "ACKED", subjects: ["acked"] });
const { state } = await manager.streams.info("ACKED");
const js = jetstream(client);
let outstanding = [];
for (let number = state.last_seq + 1; ; number += 1) {
  outstanding.push(js.publish("acked", String(number)));
  if (outstanding.length < outstandingMax) continue;
  await Promise.all(outstanding);
  outstanding = [];
  process.stdout.write(`${number}\n`);
}
