// Request and reply through a stream: neither side need be there while the other speaks.
//
// Requests and replies are stored. A header of the request names the subject of its reply, and
// each side reads with a durable consumer whose name is its own.

import { jetstream } from "@nats-io/jetstream";
import { headers, nuid } from "@nats-io/nats-core";

import { connect } from "../connection.mjs";

const connection = await connect();
const client = jetstream(connection);
const manager = await client.jetstreamManager();

// A durable consumer of the subject, under a name nobody else has.
async function read(subject, who) {
  const { name } = await manager.consumers.add("MAIL", {
    durable_name: `${who}-${nuid.next()}`,
    filter_subject: subject,
    ack_policy: "explicit",
  });
  return client.consumers.get("MAIL", name);
}

// Stores the requests and returns the consumer of their replies.
async function ask(names) {
  const replyTo = `replies.${nuid.next()}`;
  const replies = await read(replyTo, "requester");
  for (const name of names) {
    const header = headers();
    header.set("Reply-To", replyTo);
    await client.publish("requests.hello", name, { headers: header });
  }
  return replies;
}

async function serve(count) {
  const requests = await read("requests.hello", "service");
  for await (const request of await requests.fetch({ max_messages: count })) {
    await client.publish(request.headers.get("Reply-To"), `hello, ${request.string()}`);
    await request.ackAck(); // after the reply is stored: better twice than never
  }
}

await manager.streams.add({ name: "MAIL", subjects: ["requests.*", "replies.*"] });
const replies = await ask(["Ann", "Bob"]);
console.log("asked; nobody serves yet");
await serve(2);
console.log("served; nobody has read the replies yet");
for await (const reply of await replies.fetch({ max_messages: 2 })) {
  console.log(reply.string());
  await reply.ackAck();
}
await manager.streams.delete("MAIL");
await connection.close();
