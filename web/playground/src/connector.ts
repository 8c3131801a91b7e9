// Connector: opens connections of nats.js over a Link. For Workers; the page itself has none.

import { wsconnect, type NatsConnection, type WsConnectionOptions } from "@nats-io/nats-core";
import { Door } from "myelin-server/door";

import type { Link } from "./link";

export type Connector = (options: WsConnectionOptions) => Promise<NatsConnection>;

export function connectorOf(link: Link): Connector {
  if (link.kind === "tab") {
    const door = new Door(link.door);
    return (options) => wsconnect(door.options(options));
  }
  const { url, login } = link;
  return (options) => wsconnect({ servers: url, ...login, ...options });
}
