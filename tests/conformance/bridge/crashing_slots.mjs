// A pool of slots in memory that may lose power. What is flushed stays; what was written since is
// kept, lost or torn at a crash, drawn from a seed.

const sectorSize = 512;

// xorshift32: the same seed gives the same fates.
export class Dice {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0 || 1;
  }

  below(bound) {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }
}

// Bytes that grow.
class Content {
  bytes = new Uint8Array(0);
  size = 0;

  resize(size) {
    if (size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(size, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, this.size));
      this.bytes = grown;
    } else if (size < this.size) {
      this.bytes.fill(0, size, this.size);
    }
    this.size = size;
  }

  put(offset, from) {
    if (offset + from.length > this.size) this.resize(offset + from.length);
    this.bytes.set(from, offset);
  }
}

export class CrashingSlot {
  #dice;
  #view = new Content();
  #durable = new Content();
  #journal = []; // { at, bytes } or { size }, since the last flush

  constructor(dice) {
    this.#dice = dice;
  }

  read(into, { at }) {
    const size = Math.max(0, Math.min(into.length, this.#view.size - at));
    into.set(this.#view.bytes.subarray(at, at + size));
    return size;
  }

  write(from, { at }) {
    this.#view.put(at, from);
    this.#journal.push({ at, bytes: from.slice() });
    return from.length;
  }

  truncate(size) {
    this.#view.resize(size);
    this.#journal.push({ size });
  }

  getSize() {
    return this.#view.size;
  }

  flush() {
    for (const change of this.#journal) CrashingSlot.#apply(this.#durable, change);
    this.#journal = [];
  }

  close() {}

  crash() {
    for (const change of this.#journal) {
      const fate = this.#dice.below(4);
      if (fate === 0) continue;
      CrashingSlot.#apply(this.#durable, fate === 1 ? this.#torn(change) : change);
    }
    this.#journal = [];
    this.#view.resize(0);
    this.#view.put(0, this.#durable.bytes.subarray(0, this.#durable.size));
  }

  // Its beginning; or some of its sectors, and nothing where the others should be.
  #torn(change) {
    if (change.bytes === undefined) return change;
    if (this.#dice.below(2) === 0) {
      return { at: change.at, bytes: change.bytes.slice(0, this.#dice.below(change.bytes.length)) };
    }
    const bytes = change.bytes.slice();
    // Sectors are counted in the slot, not in the write.
    for (let i = 0; i < bytes.length; ) {
      const end = Math.min(bytes.length, i + sectorSize - ((change.at + i) % sectorSize));
      if (this.#dice.below(2) === 0) bytes.fill(0, i, end);
      i = end;
    }
    return { at: change.at, bytes };
  }

  static #apply(content, change) {
    if (change.bytes === undefined) {
      content.resize(change.size);
    } else {
      content.put(change.at, change.bytes);
    }
  }
}

export class CrashingPool {
  slots = [];
  #dice;

  constructor(seed, count) {
    this.#dice = new Dice(seed);
    this.grow(count);
  }

  grow(count) {
    for (let i = 0; i < count; ++i) this.slots.push(new CrashingSlot(this.#dice));
    return count;
  }

  crash() {
    for (const slot of this.slots) slot.crash();
  }

  close() {}
}
