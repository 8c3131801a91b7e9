// A server with its links and its clock, as hosts/sim's World is one: time is virtual, stands still
// until somebody waits, and then jumps to what is due next. Here the server is the engine of the
// package, and its store a pool of slots.
//
//     client ── send ──> [toServer] ── receive ──> engine ── commit ──> slots
//     client <── taken by the answer ── [toClient] <── outputs ──
//                  a client that stopped reading leaves the bytes here, and the server hears
//                  no `written` once `windowSize` is full

// How much a link takes from the server though its client reads nothing, as sockets do.
const windowSize = 256 * 1024;
// More rounds at one instant than this are a server that will not come to rest.
const roundsMax = 1_000_000;

const startOfTime = 1_700_000_000_000_000_000n;

class Link {
  toServer = []; // waits for the server to resume reading
  toClient = []; // since the last answer
  unread = 0; // sent by the server, not reported as written
  window = windowSize; // what is still taken once the client has stopped reading
  isPaused = false;
  isReading = true;
  isClosed = false;
  isTold = true; // the other side of the bridge knows whether it is closed

  constructor(number, client) {
    this.number = number;
    this.client = client;
  }

  get hasNews() {
    return this.toClient.length > 0 || !this.isTold;
  }

  end() {
    this.isTold &&= this.isClosed;
    this.isClosed = true;
  }
}

export class World {
  #engine;
  #links = new Map(); // by number
  #byClient = new Map();
  #isListening = true;
  #isAlive = true;
  #nextPort = 40000;

  // Of an engine that is started, at `now`: nanoseconds on the clock that never goes back.
  constructor(engine, now) {
    this.#engine = engine;
    this.now = now;
    this.#tick();
    while (engine.recover());
    this.#settle();
  }

  open(number) {
    if (!this.#isListening) return false;
    this.#tick();
    const client = this.#engine.open("127.0.0.1", this.#nextPort++);
    if (client === undefined) return false;
    const link = new Link(number, client);
    this.#links.set(number, link);
    this.#byClient.set(client, link);
    this.#settle();
    return true;
  }

  send(number, bytes) {
    const link = this.#links.get(number);
    if (!link || link.isClosed || bytes.length === 0 || !this.#isAlive) return;
    link.toServer.push(bytes);
    this.now += 1000; // two deeds are never at the same time
    this.#settle();
  }

  stopReading(number) {
    const link = this.#links.get(number);
    if (link) link.isReading = false;
  }

  close(number) {
    const link = this.#links.get(number);
    if (!link || link.isClosed) return;
    link.end();
    this.#tick();
    if (this.#isAlive) this.#engine.close(link.client);
    this.#settle();
  }

  // Until one of the links has something, or the time is spent.
  wait(nanoseconds, numbers) {
    const end = this.now + nanoseconds;
    const isReady = (number) => this.#links.get(number)?.hasNews;
    while (!numbers.some(isReady)) {
      if (!this.#step(end)) return numbers.some(isReady);
    }
    return true;
  }

  advance(nanoseconds) {
    const end = this.now + nanoseconds;
    while (this.#step(end));
  }

  // Whether the server took it.
  reload(config) {
    this.#tick();
    try {
      this.#engine.reload(config);
    } catch (error) {
      if (error.code === "config") return false;
      throw error;
    }
    this.#settle();
    return true;
  }

  lameDuck() {
    this.#isListening = false;
    this.#tick();
    this.#engine.lameDuck();
    this.#settle();
  }

  shutDown() {
    this.#isListening = false;
    if (!this.#isAlive) return;
    this.#tick();
    this.#engine.shutDown();
    this.#settle();
    while (this.#engine.flush()) this.#settle();
    this.#isAlive = false;
  }

  // The power is gone: every link ends at once.
  crash() {
    this.#isListening = false;
    this.#isAlive = false;
    for (const link of this.#links.values()) link.end();
  }

  // What has arrived and who has gone since the last time.
  *news() {
    for (const link of this.#links.values()) {
      if (!link.hasNews) continue;
      yield { number: link.number, isClosed: link.isClosed, pieces: link.toClient };
      link.toClient = [];
      link.isTold = true;
    }
  }

  #tick() {
    const mono = BigInt(this.now);
    this.#engine.tick({ mono, wall: startOfTime + mono });
  }

  // Moves to what is due next if that is not after `end`, else to `end`. False in the latter case.
  #step(end) {
    const due = this.#isAlive ? this.#engine.deadline() : undefined;
    const isDue = due !== undefined && due <= end;
    this.now = Math.max(isDue ? Number(due) : end, this.now);
    if (isDue) {
      this.#tick();
      this.#engine.advance();
      this.#settle();
    }
    return isDue;
  }

  // Until nothing moves at this instant.
  #settle() {
    this.#tick();
    let moved = this.#isAlive;
    for (let rounds = 0; moved; ++rounds) {
      if (rounds > roundsMax) throw new Error("the server does not come to rest");
      moved = this.#takeOutputs();
      moved = this.#engine.commit() || moved;
      moved = this.#reportProgress() || moved;
      moved = this.#deliverHeld() || moved;
    }
  }

  #takeOutputs() {
    let moved = false;
    for (let output; (output = this.#engine.nextOutput()) !== undefined; moved = true) {
      const link = this.#byClient.get(output.client);
      if (!link || link.isClosed) continue;
      if (output.kind === "pause") link.isPaused = true;
      if (output.kind === "resume") link.isPaused = false;
      if (output.kind !== "write") continue;
      if (output.bytes.length > 0) link.toClient.push(output.bytes);
      link.unread += output.bytes.length;
      if (output.close !== "no") link.end();
    }
    return moved;
  }

  // A reading client takes everything at once; a deaf one only what fits its window.
  #reportProgress() {
    let moved = false;
    for (const link of this.#links.values()) {
      const taken = link.isReading ? link.unread : Math.min(link.unread, link.window);
      if (taken === 0 || link.isClosed) continue;
      link.unread -= taken;
      if (!link.isReading) link.window -= taken;
      this.#engine.written(link.client, taken);
      moved = true;
    }
    return moved;
  }

  #deliverHeld() {
    let moved = false;
    for (const link of this.#links.values()) {
      while (link.toServer.length > 0 && !link.isPaused && !link.isClosed) {
        this.#engine.receive(link.client, link.toServer.shift());
        moved = true;
        this.#takeOutputs();
      }
    }
    return moved;
  }
}
