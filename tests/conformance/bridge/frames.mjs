// What goes over a bridge (tests/conformance/runner/bridge_process.h and bridge_door.cc): numbers
// are u32, little-endian; a text is its size and its bytes.

// The operations, by their numbers.
export const operations = [
  "begin", "beginAgain", "open", "send", "stopReading", "close", "wait", "reload", "lameDuck",
  "stop", "crash", "advance", "end",
];

// The first byte of what the bridge sends.
export const failed = 0;
export const ready = 1;
export const missing = 2;

export class Reader {
  #bytes;
  #view;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get hasMore() {
    return this.#at < this.#bytes.length;
  }

  byte() {
    return this.#bytes[this.#at++];
  }

  number() {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  // A view: whoever keeps it copies it.
  bytes() {
    const size = this.number();
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  text() {
    return new TextDecoder().decode(this.bytes());
  }
}

export class Writer {
  #pieces = [];
  #size = 0;

  add(bytes) {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    return this;
  }

  byte(value) {
    return this.add(Uint8Array.of(value));
  }

  number(value) {
    const piece = new Uint8Array(4);
    new DataView(piece.buffer).setUint32(0, value, true);
    return this.add(piece);
  }

  finish() {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

export function failure(error) {
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return new Writer().byte(failed).add(new TextEncoder().encode(text)).finish();
}
