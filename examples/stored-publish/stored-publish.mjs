// Durable publishing: a message is acknowledged once it is stored. Plain subscribers, who know
// nothing of the stream, hear it all the same.

import { jetstream } from "@nats-io/jetstream";

import { connect } from "../connection.mjs";

const connection = await connect();
const client = jetstream(connection);
const manager = await client.jetstreamManager();
await manager.streams.add({ name: "ORDERS", subjects: ["orders.*"] });

const heard = { kitchen: [], billing: [], audit: [] };
for (const items of Object.values(heard)) {
  connection.subscribe("orders.*", { callback: (_, order) => items.push(order.string()) });
}
for (const item of ["lamp", "desk", "chair"]) {
  const ack = await client.publish("orders.new", item, { msgID: `order of a ${item}` });
  console.log(`${item} is stored in ${ack.stream} as message ${ack.seq}`);
}
const again = await client.publish("orders.new", "lamp", { msgID: "order of a lamp" });
console.log(`lamp again: ${again.duplicate ? "a duplicate" : "stored"}`);

await manager.streams.delete("ORDERS");
await connection.drain();
for (const [name, items] of Object.entries(heard)) {
  console.log(`${name} heard ${items.slice(0, 3).join(", ")}`);
}
