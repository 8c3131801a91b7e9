// ServerLink: the server's end of a link. It keeps what has come until the server takes it, and
// holds the other side to its credit: nothing that comes through a channel is trusted.

import { type Channel, type Close, readMessage, upSizeMax } from "./channel.js";

export class ServerLink {
  readonly #channel: Channel;
  readonly #wake: () => void;
  #inbox: Uint8Array[] = [];
  #held = 0; // bytes in the inbox, and taken but not acknowledged
  #taken = 0; // of these, taken
  #sent = 0; // bytes on the way to the other side
  #acked = 0; // of these, acknowledged and not yet told
  #outbox: Uint8Array<ArrayBuffer>[] = [];
  isPaused = false;
  // Why the link has ended, once it has; and whether the other side knows.
  #ended: Close | undefined;
  #isLeft = false;
  #isClosed = false;

  // `wake` is called when there is something for the server to do.
  constructor(channel: Channel, wake: () => void) {
    this.#channel = channel;
    this.#wake = wake;
    channel.open(
      (message) => this.#take(message),
      () => this.#leave({ code: 1006, reason: "the other side is gone" }),
    );
  }

  // How the other side ended the link, once everything before it is taken. A link that is paused
  // ends all the same: what it sent last nobody waits for.
  get ended(): Close | undefined {
    return this.#inbox.length === 0 || this.isPaused ? this.#ended : undefined;
  }

  // The next chunk for the server.
  next(): Uint8Array | undefined {
    if (this.isPaused) return undefined;
    const chunk = this.#inbox.shift();
    if (chunk) this.#taken += chunk.length;
    return chunk;
  }

  // What the other side has acknowledged since the last call.
  takeAcked(): number {
    const acked = this.#acked;
    this.#acked = 0;
    return acked;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0) return;
    this.#sent += bytes.length;
    this.#outbox.push(bytes);
  }

  // Sends what a batch has made: one message of bytes, and one of credit.
  flush(): void {
    if (this.#isClosed) return;
    if (this.#outbox.length > 0) {
      const outbox = this.#outbox;
      this.#outbox = [];
      this.#channel.post(joined(outbox));
    }
    if (this.#taken > 0) {
      this.#channel.post({ ack: this.#taken });
      this.#held -= this.#taken;
      this.#taken = 0;
    }
  }

  // The other side closes the channel when it has read so far.
  close(close: Close): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#inbox = [];
    if (this.#isLeft) this.#channel.close();
    else this.#channel.post({ close });
  }

  #take(raw: unknown): void {
    if (this.#isClosed) {
      const message = readMessage(raw);
      if (!message || "close" in message) this.#channel.close();
      return;
    }
    if (this.#ended) return;
    const message = readMessage(raw);
    if (!message) return this.#end({ code: 1002, reason: "it sent what is no message of a link" });
    if ("close" in message) return this.#leave(message.close);
    if ("ack" in message) return this.#credit(message.ack);
    if (message.length === 0) return;
    this.#held += message.length;
    if (this.#held > upSizeMax) {
      return this.#end({ code: 1008, reason: "it sent more than it has credit for" });
    }
    this.#inbox.push(message);
    if (!this.isPaused) this.#wake();
  }

  #credit(size: number): void {
    if (size > this.#sent) {
      return this.#end({ code: 1002, reason: "it acknowledged what it was not sent" });
    }
    this.#sent -= size;
    this.#acked += size;
    this.#wake();
  }

  #leave(close: Close): void {
    if (this.#isClosed) return this.#channel.close();
    this.#isLeft = true;
    this.#end(close);
  }

  #end(close: Close): void {
    if (this.#ended || this.#isClosed) return;
    this.#ended = close;
    this.#wake();
  }
}

function joined(pieces: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (pieces.length === 1) return pieces[0] as Uint8Array<ArrayBuffer>;
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
