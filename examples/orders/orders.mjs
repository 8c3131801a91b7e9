// JSON events: orders.created, orders.paid and orders.shipped, followed as orders.*.

import { connect } from "../connection.mjs";

const events = [
  ["created", { id: 1, item: "lamp", price: 20 }],
  ["created", { id: 2, item: "desk", price: 180 }],
  ["paid", { id: 1 }],
  ["shipped", { id: 1, parcel: "GRÖẞE-7" }],
];

const connection = await connect();
const state = new Map();

function readOrder(message) {
  try {
    const order = message.json();
    return Number.isInteger(order?.id) ? order : undefined;
  } catch {
    return undefined;
  }
}

connection.subscribe("orders.*", {
  callback: (_, message) => {
    const event = message.subject.slice("orders.".length);
    const order = readOrder(message);
    if (!order) return console.log(`${event}: not an order, ignored`);
    state.set(order.id, event);
    console.log(`${event}: ${JSON.stringify(order)}`);
  },
});
for (const [event, order] of events) {
  connection.publish(`orders.${event}`, JSON.stringify(order));
}
connection.publish("orders.created", "lamp, 20");
await connection.drain();
for (const [number, event] of state) console.log(`order ${number} is ${event}`);
