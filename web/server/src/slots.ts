// Slots: the files a server stores its streams in. They have numbers, not names; which file of the
// server lies in which slot is written at the front of each slot and read by the server alone.

// One file, in the words of FileSystemSyncAccessHandle, which is one.
export interface Slot {
  read(into: Uint8Array, options: { at: number }): number;
  write(from: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

export interface SlotPool {
  // Grows at its end, never shrinks; a slot keeps its number.
  readonly slots: Slot[];
  // How many bytes the slots may take in all, as far as is known.
  readonly sizeMax: number;
  // Appends so many empty slots; fewer where no more can be had.
  grow(count: number): Promise<number>;
  close(): void;
}

// "slot-000001": names sort as their numbers do.
export function slotName(number: number): string {
  return `slot-${String(number).padStart(6, "0")}`;
}

export function slotNumber(name: string): number | undefined {
  const digits = /^slot-(\d{6})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

// Whether an error says that the disk, or what the browser grants of it, is full.
export function saysFull(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return name === "QuotaExceededError" || code === "ENOSPC" || code === "EDQUOT";
}
