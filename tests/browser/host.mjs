// Host: the other side of hosts/browser/exports.cc, as plain as it can be. It loads the module,
// lends it slots, and runs its batches. It has no clock of its own: time is what the test says.
//
// What a real host does besides (credit on its links, timers, workers) is in web/server.

/** A slot in memory: what a FileSystemSyncAccessHandle is to a browser. */
export class MemorySlot {
  #bytes = new Uint8Array(0);
  #size = 0;
  flushes = 0;

  read(into, { at }) {
    const part = this.#bytes.subarray(at, Math.min(this.#size, at + into.length));
    into.set(part);
    return part.length;
  }

  write(from, { at }) {
    this.#reserve(at + from.length);
    this.#bytes.set(from, at);
    this.#size = Math.max(this.#size, at + from.length);
    return from.length;
  }

  truncate(size) {
    this.#reserve(size);
    this.#bytes.fill(0, Math.min(size, this.#size), this.#size);
    this.#size = size;
  }

  getSize() {
    return this.#size;
  }

  flush() {
    this.flushes++;
  }

  #reserve(size) {
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

export class Host {
  /** What it logged: [level, text]. */
  log = [];
  slots;
  monoNs = 1_000_000_000n;
  #exports;
  #handle;
  #links = new Map();

  /** `module` is a WebAssembly.Module; `slots` are those there are already. */
  constructor(module, slots = []) {
    this.slots = slots;
    const { exports } = new WebAssembly.Instance(module, this.#imports());
    this.#exports = exports;
    exports._initialize();
    this.#handle = exports.myelin_create();
    this.setClock();
    exports.myelin_slots_added(this.#handle, slots.length);
  }

  /** Throws with the message where the module says no. */
  start(config, { memoryMax = 256 * 2 ** 20, storageMax = 2 ** 30 } = {}) {
    const h = this.#handle;
    this.#exports.myelin_limits(h, memoryMax, storageMax);
    this.#check(this.#exports.myelin_configure(h, this.#put(utf8.encode(config))));
    this.#put(Uint8Array.from({ length: 32 }, (_, index) => index + 1));
    this.#check(this.#exports.myelin_start(h));
    for (let more = 1; more > 0; ) {
      more = this.#exports.myelin_recover(h);
      if (more < 0) throw new Error(this.#text());
      this.settle();
    }
  }

  setClock() {
    const wall = 1_700_000_000_000_000_000n + this.monoNs;
    this.#exports.myelin_clock(this.#handle, this.monoNs, wall);
  }

  /** Ends a batch: outputs, syncs, and what they bring, until nothing moves. */
  settle() {
    const h = this.#handle;
    do {
      this.#drain();
    } while (this.#exports.myelin_commit(h) === 1);
    const wanted = this.#exports.myelin_slots_wanted(h);
    if (wanted === 0) return;
    for (let count = 0; count < wanted; count++) this.slots.push(new MemorySlot());
    this.#exports.myelin_slots_added(h, wanted);
    this.settle();
  }

  /** A client's end of a link. */
  connect() {
    const port = 1000 + this.#links.size;
    const id = this.#exports.myelin_open(this.#handle, this.#put(utf8.encode("127.0.0.1")), port);
    if (id === 0) throw new Error(this.#text());
    const link = new Link(this, id);
    this.#links.set(id, link);
    this.settle();
    return link;
  }

  receive(id, bytes) {
    this.#exports.myelin_receive(this.#handle, id, this.#put(bytes));
  }

  written(id, size) {
    this.#exports.myelin_written(this.#handle, id, size);
  }

  close(id) {
    this.#exports.myelin_close(this.#handle, id);
    this.#links.delete(id);
    this.settle();
  }

  /** Time goes on to the next deadline, if there is one. */
  advance() {
    const deadline = this.#exports.myelin_deadline(this.#handle);
    if (deadline < 0n) return false;
    if (deadline > this.monoNs) this.monoNs = deadline;
    this.setClock();
    this.#exports.myelin_advance(this.#handle);
    this.settle();
    return true;
  }

  /** A report by its monitoring path. */
  query(path, parameters = "") {
    const both = utf8.encode(path + parameters);
    const asked = utf8.encode(path).length;
    this.#put(both);
    const query = this.#exports.myelin_query(this.#handle, asked, both.length - asked);
    this.#report = { query, text: "", last: false };
    this.settle();
    while (!this.#report.last && this.advance());
    return this.#report;
  }

  get memoryInUse() {
    return this.#exports.myelin_memory_in_use(this.#handle);
  }

  get memorySize() {
    return this.#exports.memory.buffer.byteLength;
  }

  get identity() {
    this.#exports.myelin_id(this.#handle);
    const [id, name] = this.#text().split("\n");
    return { id, name };
  }

  reload(config) {
    this.#check(this.#exports.myelin_reload(this.#handle, this.#put(utf8.encode(config))));
    this.settle();
  }

  stop() {
    this.#exports.myelin_shut_down(this.#handle);
    this.settle();
    while (this.#exports.myelin_flush(this.#handle) === 1) this.settle();
    this.#exports.myelin_destroy(this.#handle);
  }

  #report = null;

  #drain() {
    const { myelin_next_output, myelin_output, memory } = this.#exports;
    for (;;) {
      const kind = myelin_next_output(this.#handle);
      if (kind === 0) return;
      const at = myelin_output(this.#handle);
      // The memory may have grown: views are made anew.
      const view = new DataView(memory.buffer, at);
      const bytesAt = (pointer, size) => new Uint8Array(memory.buffer, pointer, size);
      const link = this.#links.get(view.getFloat64(0, true));
      if (kind === 1) this.#takeWrite(link, view, bytesAt);
      if (kind === 2 && link) link.isPaused = true;
      if (kind === 3 && link) link.isPaused = false;
      if (kind === 4) {
        this.#report.status = view.getUint32(8, true);
        const piece = bytesAt(view.getUint32(20, true), view.getUint32(24, true));
        this.#report.text += text.decode(piece);
        this.#report.last = view.getUint32(28, true) === 1;
      }
    }
  }

  #takeWrite(link, view, bytesAt) {
    if (!link) return;
    const count = view.getUint32(8, true);
    const chunks = new DataView(this.#exports.memory.buffer, view.getUint32(12, true));
    for (let index = 0; index < count; index++) {
      const pointer = chunks.getUint32(8 * index, true);
      link.take(bytesAt(pointer, chunks.getUint32(8 * index + 4, true)));
    }
    if (view.getUint32(20, true) !== 0) {
      const reason = bytesAt(view.getUint32(28, true), view.getUint32(32, true));
      link.end(text.decode(reason));
      this.#links.delete(link.id);
    }
  }

  #put(bytes) {
    const at = this.#exports.myelin_buffer(this.#handle, bytes.length);
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
    return bytes.length;
  }

  #text() {
    const at = this.#exports.myelin_text(this.#handle);
    const size = this.#exports.myelin_text_size(this.#handle);
    return text.decode(new Uint8Array(this.#exports.memory.buffer, at, size));
  }

  #check(answer) {
    if (answer !== 0) throw new Error(this.#text());
  }

  #imports() {
    const bytesAt = (at, size) => new Uint8Array(this.#exports.memory.buffer, at, size);
    const tried = (call) => {
      try {
        call();
        return 0;
      } catch (error) {
        return error.name === "QuotaExceededError" ? 1 : -1;
      }
    };
    return {
      env: {
        host_log: (level, at, size) => this.log.push([level, text.decode(bytesAt(at, size))]),
        host_slot_read: (slot, at, to, size) => this.slots[slot].read(bytesAt(to, size), { at }),
        host_slot_write: (slot, at, from, size) =>
          tried(() => this.slots[slot].write(bytesAt(from, size), { at })),
        host_slot_truncate: (slot, size) => tried(() => this.slots[slot].truncate(size)),
        host_slot_size: (slot) => this.slots[slot].getSize(),
        host_slot_flush: (slot) => tried(() => this.slots[slot].flush()),
        emscripten_notify_memory_growth: () => {},
      },
      wasi_snapshot_preview1: {
        proc_exit: (code) => {
          throw new Error(`the module ended with ${code}`);
        },
      },
    };
  }
}

export class Link {
  isPaused = false;
  isReading = true;
  /** Why the server ended it. */
  ended = null;
  /** Bytes that have ever come. */
  total = 0;
  #host;
  #received = [];
  #unread = 0;

  constructor(host, id) {
    this.#host = host;
    this.id = id;
  }

  /** Sends text or bytes, and lets the server answer. */
  send(bytes) {
    this.#host.receive(this.id, typeof bytes === "string" ? utf8.encode(bytes) : bytes);
    this.#host.settle();
    this.#acknowledge();
    return this;
  }

  /** What has come since the last call, as text. */
  received() {
    const all = Buffer.concat(this.#received).toString("utf8");
    this.#received = [];
    this.#acknowledge();
    return all;
  }

  /** Throws away what has come, for who only counts it. */
  skip() {
    this.#received = [];
    this.#acknowledge();
  }

  take(bytes) {
    this.#received.push(bytes.slice());
    this.total += bytes.length;
    this.#unread += bytes.length;
  }

  end(reason) {
    this.ended = reason;
  }

  close() {
    this.#host.close(this.id);
  }

  #acknowledge() {
    while (this.isReading && this.#unread > 0 && this.ended === null) {
      const size = this.#unread;
      this.#unread = 0;
      this.#host.written(this.id, size);
      this.#host.settle();
    }
  }
}
