// What the page needs of nats.js. `npm run chat` makes web/nats.js of it, for browsers.
export { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
export { wsconnect } from "@nats-io/nats-core";
