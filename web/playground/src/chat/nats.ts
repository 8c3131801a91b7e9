// What examples/chat needs of nats.js, where "ws://tab" is the server in the tab, which all tabs of
// this origin share: the chat's and the playground's.

import type { NatsConnection, WsConnectionOptions } from "@nats-io/nats-core";

import { TabBackend } from "../backend/tab_backend";
import { connectorOf } from "../connector";
import { tabAddress } from "./address";

export { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";

export async function wsconnect(options: WsConnectionOptions): Promise<NatsConnection> {
  if (options.servers !== tabAddress) {
    const link = { kind: "url" as const, url: String(options.servers), login: {} };
    return connectorOf(link)(options);
  }
  const backend = await TabBackend.start({ changed() {}, ended() {} });
  return connectorOf(backend.link())(options);
}
