// Event replay: whoever comes late reads the stream from its start and knows what all know.

import { jetstream } from "@nats-io/jetstream";

import { connect } from "../connection.mjs";

const events = [
  ["opened", 0],
  ["paid-in", 100],
  ["paid-out", 30],
  ["paid-in", 5],
  ["paid-out", 12],
];

// The balance after each event, from the first one on.
async function replay(client) {
  const consumer = await client.consumers.get("ACCOUNT"); // without a name: an ordered one
  let balance = 0;
  for await (const message of await consumer.consume()) {
    const kind = message.subject.slice("account.".length);
    const { amount } = message.json();
    balance += kind === "paid-out" ? -amount : amount;
    console.log(`${message.seq}. ${kind} ${amount}: ${balance}`);
    if (message.info.pending === 0) break;
  }
  return balance;
}

const connection = await connect();
const client = jetstream(connection);
const manager = await client.jetstreamManager();
await manager.streams.add({ name: "ACCOUNT", subjects: ["account.*"] });
for (const [kind, amount] of events) {
  await client.publish(`account.${kind}`, JSON.stringify({ amount }));
}

console.log(`the balance is ${await replay(client)}`);
await manager.streams.delete("ACCOUNT");
await connection.close();
