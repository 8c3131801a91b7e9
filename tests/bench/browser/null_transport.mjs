// A server that is none: it counts what is published to it, and hands as many messages, made
// beforehand, to whoever subscribed. A request is answered as a stream would acknowledge it. What
// nats.js reaches against it is what nats.js can.
//
//     publisher ── PUB ──> count ── so many MSG, all alike ──> subscriber
//     asker ── PUB with a reply ──> MSG to the reply ──> asker

const info = `INFO ${JSON.stringify({
  server_id: "NULL", server_name: "null", version: "2.14.0", proto: 1, headers: true,
  max_payload: 1048576,
})}\r\n`;
const ack = JSON.stringify({ stream: "BENCH", seq: 1 });
const batch = 1024; // messages in a piece

const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder().decode(bytes);
const letter = (text) => text.charCodeAt(0);

// Of one subject and one size of payload.
export class NullServer {
  #sockets = new Set();
  #subscriber;
  #sid = "1";
  #sizeAt; // where a PUB says its size, if it wants no reply
  #publishSize;
  #messageSize;
  #messages;
  #published = 0;
  #channel = new MessageChannel();
  #isDue = false;

  constructor(subject, payloadSize) {
    const payload = "x".repeat(payloadSize);
    const message = `MSG ${subject} 1 ${payloadSize}\r\n${payload}\r\n`;
    this.#publishSize = `PUB ${subject} ${payloadSize}\r\n${payload}\r\n`.length;
    this.#sizeAt = `PUB ${subject} `.length;
    this.#messageSize = message.length;
    this.#messages = bytesOf(message.repeat(batch));
    this.#channel.port1.onmessage = () => this.#deliver();
  }

  // The options of wsconnect.
  options(more) {
    return {
      servers: "ws://null.invalid",
      wsFactory: async () => ({ socket: this.#socket(), encrypted: false }),
      ...more,
    };
  }

  close() {
    this.#channel.port1.close();
  }

  #socket() {
    const socket = {
      bufferedAmount: 0,
      send: (bytes) => this.#take(socket, new Uint8Array(bytes)),
      close: () => this.#end(socket),
    };
    this.#sockets.add(socket);
    setTimeout(() => {
      socket.onopen?.();
      this.#say(socket, bytesOf(info));
    });
    return socket;
  }

  #say(socket, bytes) {
    socket.onmessage?.({ data: bytes.slice().buffer });
  }

  #end(socket) {
    if (!this.#sockets.delete(socket)) return;
    if (this.#subscriber === socket) this.#subscriber = undefined;
    setTimeout(() => socket.onclose?.({ wasClean: true, reason: "" }));
  }

  // Each piece holds whole operations: nats.js cuts none.
  #take(socket, bytes) {
    const answers = [];
    for (let at = 0; at < bytes.length; ) {
      if (this.#isPublish(bytes, at)) {
        at += this.#publishSize;
        ++this.#published;
        continue;
      }
      const end = bytes.indexOf(letter("\n"), at) + 1;
      const [verb, ...words] = textOf(bytes.subarray(at, end - 2)).split(" ");
      at = end;
      if (verb === "PING") answers.push("PONG\r\n");
      if (verb === "SUB") {
        this.#subscriber = socket;
        this.#sid = words.at(-1);
      }
      if (verb === "PUB" || verb === "HPUB") {
        at += Number(words.at(-1)) + 2;
        answers.push(`MSG ${words[1]} ${this.#sid} ${ack.length}\r\n${ack}\r\n`);
      }
    }
    if (answers.length > 0) setTimeout(() => this.#say(socket, bytesOf(answers.join(""))));
    if (this.#published === 0 || this.#isDue) return;
    this.#isDue = true;
    this.#channel.port2.postMessage(0);
  }

  // Of the one subject, without a reply.
  #isPublish(bytes, at) {
    const size = at + this.#sizeAt;
    return bytes[at] === letter("P") && bytes[at + 1] === letter("U") && bytes[size] < letter(":");
  }

  #deliver() {
    this.#isDue = false;
    while (this.#published > 0 && this.#subscriber) {
      const count = Math.min(this.#published, batch);
      this.#published -= count;
      this.#say(this.#subscriber, this.#messages.subarray(0, count * this.#messageSize));
    }
  }
}
