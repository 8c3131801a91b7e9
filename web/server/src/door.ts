// A door: how another thread comes to a server. The server's side of it is a port that may be
// transferred, to a Worker for instance; there a Door makes links that go through it.

import { PortChannel } from "./channel.js";
import { LinkSocket, linkUrl } from "./socket.js";

export type WsFactory = () => Promise<{ socket: WebSocket; encrypted: boolean }>;

export interface ClientOptions {
  servers: string;
  wsFactory: WsFactory;
}

// The port to give away.
export function openDoor(take: (link: MessagePort) => void): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<{ link?: unknown } | null>) => {
    const link = data?.link;
    if (link instanceof MessagePort) take(link);
  };
  // A door alone does not keep Node running.
  (port1 as { unref?: () => void }).unref?.();
  return port2;
}

export class Door {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  // A new link, in the shape of a WebSocket.
  socket(): LinkSocket {
    const { port1, port2 } = new MessageChannel();
    this.#port.postMessage({ link: port2 }, [port2]);
    return new LinkSocket(linkUrl, new PortChannel(port1));
  }

  // For wsconnect of @nats-io/nats-core.
  readonly wsFactory: WsFactory = () => {
    return Promise.resolve({ socket: this.socket() as unknown as WebSocket, encrypted: false });
  };

  // Options for wsconnect: those given, and how to reach the server.
  options<T extends object>(given?: T): T & ClientOptions {
    return { ...(given as T), servers: linkUrl, wsFactory: this.wsFactory };
  }
}
