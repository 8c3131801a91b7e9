// A stream with limits: it keeps what came last, and makes room by forgetting what came first.

import { jetstream, JetStreamApiCodes } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";

import { connect } from "../connection.mjs";

const limits = { max_age: nanos(9_000), max_msgs: 1000, max_bytes: 10_000_000 };

async function remake(manager, config) {
  try {
    await manager.streams.delete(config.name);
  } catch (error) {
    const isFirstTime = error.code === JetStreamApiCodes.StreamNotFound;
    if (!isFirstTime) throw error;
  }
  return manager.streams.add(config);
}

const connection = await connect();
const client = jetstream(connection);
const manager = await client.jetstreamManager();
const { config } = await remake(manager, {
  name: "READINGS",
  subjects: ["readings.*"],
  storage: "file",
  discard: "old",
  ...limits,
});
console.log(`${config.name} keeps ${config.max_msgs} messages of ${config.subjects[0]}`);

const numbers = Array.from({ length: 1200 }, (_, index) => index + 1);
await Promise.all(
  numbers.map((number) => client.publish(`readings.${number % 4}`, `reading ${number}`)),
);

const { state } = await manager.streams.info("READINGS");
console.log(`1200 published, ${state.messages} kept: ${state.first_seq} to ${state.last_seq}`);
await connection.close();
