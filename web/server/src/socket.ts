// LinkSocket: a client's end of a link in the shape of a WebSocket, which is what NATS clients for
// the web are written against. Bytes it may not send yet wait in it and count as `bufferedAmount`.

import {
  type Channel, type Close, chunkSizeMax, downSizeMax, readMessage, upSizeMax,
} from "./channel.js";
import { soon } from "./soon.js";

// An address for clients that want one; nothing ever asks the network for it.
export const linkUrl = "ws://myelin.invalid";

// How long bytes that wait when the socket is closed may take to go.
const closingMs = 5000;

export class LinkCloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor({ code, reason }: Close, wasClean: boolean) {
    super("close");
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

export class LinkErrorEvent extends Event {
  readonly message: string;

  constructor(message: string) {
    super("error");
    this.message = message;
  }
}

type Handler<T extends Event> = ((event: T) => void) | null;

export class LinkSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;

  readonly url: string;
  readonly protocol = "";
  readonly extensions = "";
  binaryType: "arraybuffer" = "arraybuffer";
  onopen: Handler<Event> = null;
  onmessage: Handler<MessageEvent<ArrayBuffer>> = null;
  onerror: Handler<LinkErrorEvent> = null;
  onclose: Handler<LinkCloseEvent> = null;

  #readyState = 0;
  #channel: Channel | undefined;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingSize = 0;
  #onTheWay = 0; // sent, and not acknowledged by the server
  #toAck = 0; // received, and not acknowledged by us
  #isAckDue = false;
  #early: Uint8Array<ArrayBuffer>[] | undefined;
  #closing: Close | undefined;
  #isEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onEnd: (() => void) | undefined;

  // The channel may come later: until then the socket is connecting.
  constructor(url: string, channel?: Channel) {
    super();
    this.url = url;
    if (channel) this.attach(channel);
  }

  get readyState(): number {
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return this.#waitingSize;
  }

  // @internal
  attach(channel: Channel): void {
    if (this.#isEnded) {
      channel.post({ close: { code: 1000, reason: "" } });
      return soon(() => channel.close());
    }
    this.#channel = channel;
    channel.open(
      (message) => this.#take(message),
      () => this.fail(1006, "the server is gone"),
    );
    this.#sendWaiting();
  }

  // @internal Called once, when the socket is closed for whatever reason.
  whenEnded(onEnd: () => void): void {
    this.#onEnd = onEnd;
  }

  // A copy is sent: clients send the same constant bytes again and again.
  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (this.#readyState === this.CONNECTING) {
      throw new DOMException("the socket is not open yet", "InvalidStateError");
    }
    if (this.#readyState !== this.OPEN) return;
    const bytes = bytesOf(data);
    for (let at = 0; at < bytes.length; at += chunkSizeMax) {
      const chunk = bytes.slice(at, at + chunkSizeMax);
      this.#waiting.push(chunk);
      this.#waitingSize += chunk.length;
    }
    this.#sendWaiting();
  }

  // What waits is sent first, then the close.
  close(code = 1000, reason = ""): void {
    if (this.#readyState >= this.CLOSING) return;
    this.#readyState = this.CLOSING;
    this.#closing = { code, reason };
    if (!this.#channel) this.#waiting = [];
    this.#timer = setTimeout(() => this.fail(1006, "what was sent was not taken"), closingMs);
    this.#sendWaiting();
  }

  // @internal Ends the link from this side without a word from the server.
  fail(code: number, reason: string): void {
    if (this.#isEnded) return;
    const wasConnecting = this.#readyState === this.CONNECTING;
    const close = { code, reason };
    this.#channel?.post({ close });
    this.#end(close, false, wasConnecting);
  }

  #sendWaiting(): void {
    while (this.#channel && this.#waiting.length > 0) {
      const chunk = this.#waiting[0] as Uint8Array<ArrayBuffer>;
      if (this.#onTheWay + chunk.length > upSizeMax) return;
      this.#waiting.shift();
      this.#waitingSize -= chunk.length;
      this.#onTheWay += chunk.length;
      this.#channel.post(chunk);
    }
    if (!this.#closing || this.#isEnded) return;
    const close = this.#closing;
    this.#channel?.post({ close });
    this.#end(close, true);
  }

  #take(raw: unknown): void {
    const message = readMessage(raw);
    if (!message) return this.fail(1002, "the server said what is not understood");
    if (message instanceof Uint8Array) return this.#receive(message);
    if ("close" in message) {
      this.#deliverEarly();
      const { code } = message.close;
      if (this.#isEnded) return;
      this.#channel?.post(message); // so that the other side knows that all was received
      return this.#end(message.close, code === 1000, this.#readyState === this.CONNECTING);
    }
    this.#onTheWay = Math.max(0, this.#onTheWay - message.ack);
    this.#sendWaiting();
  }

  // A server speaks first: its first bytes open the link. They follow in a task of their own, as
  // from a WebSocket, so that who awaits the opening does not miss them.
  #receive(bytes: Uint8Array<ArrayBuffer>): void {
    this.#ack(bytes.length);
    if (this.#readyState === this.CONNECTING) {
      this.#readyState = this.OPEN;
      this.#early = [bytes];
      this.#fire(new Event("open"), this.onopen);
      soon(() => this.#deliverEarly());
    } else if (this.#early) {
      this.#early.push(bytes);
    } else {
      this.#deliver(bytes);
    }
  }

  #deliverEarly(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const bytes of early) this.#deliver(bytes);
  }

  #deliver(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#readyState !== this.OPEN) return;
    const isWhole = bytes.length === bytes.buffer.byteLength;
    const data = isWhole ? bytes.buffer : bytes.slice().buffer;
    this.#fire(new MessageEvent("message", { data }), this.onmessage);
  }

  // Many small pieces are acknowledged together, large ones before the server has to wait.
  #ack(size: number): void {
    this.#toAck += size;
    if (this.#toAck >= downSizeMax / 4) return this.#sendAck();
    if (this.#isAckDue) return;
    this.#isAckDue = true;
    soon(() => {
      this.#isAckDue = false;
      this.#sendAck();
    });
  }

  #sendAck(): void {
    if (this.#toAck === 0 || this.#isEnded) return;
    this.#channel?.post({ ack: this.#toAck });
    this.#toAck = 0;
  }

  // The events come in a task of their own: who calls close() does not hear of it within the call.
  #end(close: Close, wasClean: boolean, isError = false): void {
    this.#isEnded = true;
    this.#readyState = this.CLOSING;
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#waitingSize = 0;
    const channel = this.#channel;
    this.#channel = undefined;
    soon(() => {
      channel?.close();
      this.#readyState = this.CLOSED;
      if (isError) this.#fire(new LinkErrorEvent(close.reason), this.onerror);
      this.#fire(new LinkCloseEvent(close, wasClean), this.onclose);
    });
    this.#onEnd?.();
  }

  // A handler that throws is its owner's fault and is reported as such, as of any event target.
  #fire<T extends Event>(event: T, handler: Handler<T>): void {
    try {
      handler?.call(this, event);
    } catch (error) {
      soon(() => {
        throw error;
      });
    }
    this.dispatchEvent(event);
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (typeof data === "string") return new TextEncoder().encode(data) as Uint8Array<ArrayBuffer>;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  }
  throw new TypeError("a link takes strings, ArrayBuffers and views of them");
}
