// Request and reply: a service answers, and when it has stopped the requester knows at once.

import { errors } from "@nats-io/nats-core";

import { connect } from "../connection.mjs";

async function startService() {
  const connection = await connect();
  connection.subscribe("hello", {
    callback: (_, request) => request.respond(`hello, ${request.string()}`),
  });
  await connection.flush();
  return connection;
}

const service = await startService();
const requester = await connect();
for (const name of ["Ann", "Bob"]) {
  const reply = await requester.request("hello", name, { timeout: 5000 });
  console.log(reply.string());
}

await service.drain();
console.log("the service has stopped");
try {
  await requester.request("hello", "Cat", { timeout: 5000 });
} catch (error) {
  if (!(error instanceof errors.RequestError && error.isNoResponders())) throw error;
  console.log("no responders");
}
await requester.close();
