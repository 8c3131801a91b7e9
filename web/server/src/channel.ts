// Channel: an ordered way for messages between a client's socket and the server, of which there are
// three: within a thread, over a MessagePort, and over a BroadcastChannel between two tabs.
//
// A message is a chunk of the link's bytes or a small object. Each side may have a bounded number
// of bytes on the way; the other gives credit back with `ack` as it takes them. Without that a page
// could fill the server's queue without end, and the server a page's.

import { soon } from "./soon.js";

// Bytes on the way to the server at most, and in one message.
export const upSizeMax = 1024 * 1024;
export const chunkSizeMax = 256 * 1024;
// The server itself keeps this bound on the way down (kLinkInFlightMax).
export const downSizeMax = 256 * 1024;

export interface Close {
  code: number; // as in a WebSocket's close frame
  reason: string;
}

export type Message = Uint8Array<ArrayBuffer> | { ack: number } | { close: Close };

export interface Channel {
  // A chunk is the channel's from here on.
  post(message: Message): void;
  // From now on what comes goes to `onMessage`, and `onLost` is called if the other side is gone
  // without a word (not every browser tells).
  open(onMessage: (message: unknown) => void, onLost: () => void): void;
  close(): void;
}

// Reads what came from outside; nothing if it is none of the three.
export function readMessage(message: unknown): Message | undefined {
  if (message instanceof Uint8Array) return message as Uint8Array<ArrayBuffer>;
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (typeof message !== "object" || message === null) return undefined;
  const { ack, close } = message as { ack?: unknown; close?: unknown };
  if (Number.isSafeInteger(ack) && (ack as number) > 0) return { ack: ack as number };
  if (typeof close !== "object" || close === null) return undefined;
  const { code, reason } = close as { code?: unknown; reason?: unknown };
  if (!Number.isInteger(code) || typeof reason !== "string") return undefined;
  return { close: { code: code as number, reason: reason.slice(0, 500) } };
}

// The two ends of a way within one thread. What is posted arrives in a later task, as it does from
// a port, so that neither side ever runs within a call of the other.
export function localChannels(): [Channel, Channel] {
  const left = new LocalChannel();
  const right = new LocalChannel();
  left.peer = right;
  right.peer = left;
  return [left, right];
}

class LocalChannel implements Channel {
  peer: LocalChannel | undefined;
  #waiting: Message[] = [];
  #onMessage: ((message: unknown) => void) | undefined;
  #isAwaited = false;

  post(message: Message): void {
    this.peer?.take(message);
  }

  open(onMessage: (message: unknown) => void): void {
    this.#onMessage = onMessage;
    this.#deliverSoon();
  }

  close(): void {
    this.#onMessage = undefined;
    this.#waiting = [];
    this.peer = undefined;
  }

  take(message: Message): void {
    this.#waiting.push(message);
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    if (!this.#onMessage || this.#isAwaited || this.#waiting.length === 0) return;
    this.#isAwaited = true;
    soon(() => {
      this.#isAwaited = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const message of waiting) this.#onMessage?.(message);
    });
  }
}

export class PortChannel implements Channel {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  post(message: Message): void {
    this.#port.postMessage(message, message instanceof Uint8Array ? [message.buffer] : []);
  }

  open(onMessage: (message: unknown) => void, onLost: () => void): void {
    this.#port.addEventListener("message", ({ data }) => onMessage(data));
    this.#port.addEventListener("messageerror", () => onMessage(undefined));
    this.#port.addEventListener("close", onLost);
    this.#port.start();
  }

  close(): void {
    this.#port.close();
  }

  // Instead of opening it: there is no server any more.
  refuse(): void {
    this.post({ close: { code: 1001, reason: "the server is stopped" } });
  }
}

// Each link has a BroadcastChannel with a name of its own: whoever has not made the link does not
// know it, and nobody else hears it. What comes before `open` is kept, which a BroadcastChannel by
// itself does not do.
export class BroadcastLink implements Channel {
  readonly #channel: BroadcastChannel;
  readonly #onClosed: () => void;
  #early: unknown[] = [];
  #onMessage: ((message: unknown) => void) | undefined;
  #onLost: (() => void) | undefined;

  constructor(name: string, onClosed: () => void = () => {}) {
    this.#onClosed = onClosed;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#take(data);
    this.#channel.onmessageerror = () => this.#take(undefined);
  }

  post(message: Message): void {
    this.#channel.postMessage(message);
  }

  open(onMessage: (message: unknown) => void, onLost: () => void): void {
    this.#onMessage = onMessage;
    this.#onLost = onLost;
    for (const message of this.#early.splice(0)) onMessage(message);
  }

  close(): void {
    this.#channel.close();
    this.#onClosed();
  }

  // Somebody has found out that the other side is gone.
  lose(): void {
    this.#onLost?.();
  }

  #take(message: unknown): void {
    if (this.#onMessage) this.#onMessage(message);
    else this.#early.push(message);
  }
}

// Joins two channels, one of them somebody else's, until either ends.
export function relay(left: Channel, right: Channel): void {
  const join = (from: Channel, to: Channel): void => {
    const end = (): void => {
      from.close();
      to.close();
    };
    from.open(
      (raw) => {
        const garbage = { close: { code: 1002, reason: "it sent what is no message of a link" } };
        const message = readMessage(raw) ?? garbage;
        to.post(message);
        if ("close" in message) soon(end);
      },
      () => {
        to.post({ close: { code: 1006, reason: "the other side is gone" } });
        soon(end);
      },
    );
  };
  join(left, right);
  join(right, left);
}
