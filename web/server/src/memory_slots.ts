// Slots in memory: they outlive a server that is stopped and started, not the process. `sizeMax`
// bounds all of them together; beyond it a write fails as on a full disk.

import type { Slot, SlotPool } from "./slots.js";

class FullError extends Error {
  readonly code = "ENOSPC";
}

export class MemorySlots implements SlotPool {
  readonly slots: MemorySlot[] = [];
  sizeMax: number;

  constructor(sizeMax = 1024 * 1024 * 1024) {
    this.sizeMax = sizeMax;
  }

  grow(count: number): Promise<number> {
    for (let made = 0; made < count; made += 1) this.slots.push(new MemorySlot(this));
    return Promise.resolve(count);
  }

  close(): void {}

  // @internal
  admit(more: number): void {
    const size = this.slots.reduce((sum, slot) => sum + slot.getSize(), 0);
    if (size + more > this.sizeMax) throw new FullError(`more than ${this.sizeMax} bytes`);
  }
}

export class MemorySlot implements Slot {
  readonly #pool: MemorySlots;
  #bytes = new Uint8Array(0);
  #size = 0;

  constructor(pool: MemorySlots) {
    this.#pool = pool;
  }

  read(into: Uint8Array, { at }: { at: number }): number {
    const part = this.#bytes.subarray(Math.min(at, this.#size), this.#size);
    const taken = part.subarray(0, into.length);
    into.set(taken);
    return taken.length;
  }

  write(from: Uint8Array, { at }: { at: number }): number {
    this.#extend(at + from.length);
    this.#bytes.set(from, at);
    return from.length;
  }

  truncate(size: number): void {
    if (size > this.#size) return this.#extend(size);
    this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  getSize(): number {
    return this.#size;
  }

  flush(): void {}

  close(): void {}

  #extend(size: number): void {
    if (size <= this.#size) return;
    this.#pool.admit(size - this.#size);
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length, 4096));
      larger.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = larger;
    }
    this.#size = size;
  }
}
