// A worker that asks for work: it pulls jobs, and a job is done when it says so.

import { jetstream } from "@nats-io/jetstream";

import { connect } from "../connection.mjs";

async function work(job) {
  const text = job.string();
  const attempt = job.info.deliveryCount;
  if (text === "paint" && attempt === 1) {
    console.log(`${text}: no brush, try again`);
    job.nak();
  } else if (text === "fly") {
    console.log(`${text}: nobody can, forget it`);
    job.term();
  } else {
    console.log(`${text}: done, attempt ${attempt}`);
    await job.ackAck(); // resolves when the server knows
  }
}

const connection = await connect();
const client = jetstream(connection);
const manager = await client.jetstreamManager();
await manager.streams.add({ name: "CHORES", subjects: ["chores"], retention: "workqueue" });
await manager.consumers.add("CHORES", { durable_name: "worker", ack_policy: "explicit" });
for (const text of ["sweep", "paint", "fly", "cook"]) await client.publish("chores", text);

const worker = await client.consumers.get("CHORES", "worker");
let worked;
do {
  worked = 0;
  for await (const job of await worker.fetch({ max_messages: 2, expires: 1000 })) {
    await work(job);
    worked += 1;
  }
} while (worked > 0);

const { state } = await manager.streams.info("CHORES");
console.log(`${state.messages} chores left`);
await manager.streams.delete("CHORES");
await connection.close();
