// A client that outlives its server: stop the server, start it again, and watch.
//
// It sends itself a tick twice a second and says what becomes of its connection, until Ctrl-C.

import { connect, stopped } from "../connection.mjs";

const words = { disconnect: "disconnected", reconnect: "reconnected", close: "closed" };

const connection = await connect({ maxReconnectAttempts: -1, reconnectTimeWait: 250 });
let connected = true;
console.log("connected");

async function watch() {
  for await (const { type } of connection.status()) {
    if (type === "disconnect") connected = false;
    if (type === "reconnect") connected = true;
    if (type in words) console.log(words[type]);
  }
}
const watching = watch();

connection.subscribe("tick", { callback: (_, message) => console.log(message.string()) });
let number = 0;
const ticking = setInterval(() => {
  if (connected) connection.publish("tick", `tick ${++number}`);
}, 500);

await stopped();
clearInterval(ticking);
await connection.drain();
await watching;
