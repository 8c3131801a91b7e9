// Publish and subscribe: a message goes to whoever listens at that moment, and to nobody else.

import { connect } from "../connection.mjs";

const connection = await connect();
connection.publish("greet.ann", "too early: nobody listens yet");

connection.subscribe("greet.*", {
  callback: (_, message) => console.log(`${message.subject}: ${message.string()}`),
});
for (const name of ["ann", "bob", "cat"]) {
  connection.publish(`greet.${name}`, `hello, ${name}`);
}
connection.publish("greet.dan.twice", "not for greet.*: one token too many");

await connection.drain(); // handles what has arrived, then closes
console.log("drained");
