// A queue group over a stream: the server pushes each stored job to one of the workers.

import { jetstream } from "@nats-io/jetstream";

import { connect } from "../connection.mjs";

const names = ["Ann", "Bob", "Cat"];
const jobs = Array.from({ length: 12 }, (_, index) => `job ${index + 1}`);

async function startWorker(name, done) {
  const connection = await connect();
  const consumer = await jetstream(connection).consumers.getPushConsumer("JOBS", "workers");
  await consumer.consume({
    callback: async (job) => {
      await job.ackAck();
      done(`${job.string()} done by ${name}`);
    },
  });
  await connection.flush();
  return connection;
}

const boss = await connect();
const client = jetstream(boss);
const manager = await client.jetstreamManager();
await manager.streams.add({ name: "JOBS", subjects: ["jobs"], retention: "workqueue" });
await manager.consumers.add("JOBS", {
  durable_name: "workers",
  deliver_subject: "to.workers",
  deliver_group: "workers",
  ack_policy: "explicit",
});

let finish;
const finished = new Promise((resolve) => finish = resolve);
let left = jobs.length;
function done(line) {
  console.log(line);
  if (--left === 0) finish();
}

const workers = await Promise.all(names.map((name) => startWorker(name, done)));
for (const job of jobs) await client.publish("jobs", job);
await finished;
for (const connection of workers) await connection.drain();

const { state } = await manager.streams.info("JOBS");
console.log(`${state.messages} jobs left`);
await manager.streams.delete("JOBS");
await boss.close();
