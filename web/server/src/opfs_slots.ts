// Slots in the origin private file system of a browser. Only a dedicated Worker can have them: the
// handles read and write without waiting. One server at a time has a folder open, which a Web Lock
// sees to; the browser lets go of lock and handles with the Worker, however that ends.

import { messageOf, ServerError } from "./errors.js";
import { names } from "./names.js";
import { lockedError } from "./node_slots.js";
import { type Slot, slotName, slotNumber, type SlotPool } from "./slots.js";

// The parts of the file system's types that only Workers have.
interface SlotFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<Slot>;
}
interface SlotFolder extends FileSystemDirectoryHandle {
  entries(): AsyncIterable<[string, FileSystemHandle]>;
}

// A Worker that has just ended, of a page that reloads, may hold its handles a moment longer.
const lockWaitMs = 3000;
const retryMs = 20;
// Where a browser does not say what it grants.
const sizeUnknown = 1024 * 1024 * 1024;

// Why there is no OPFS here, or nothing.
export function opfsMissing(): string | undefined {
  const scope = globalThis as { isSecureContext?: boolean };
  if (scope.isSecureContext === false) return "the page is not in a secure context (https)";
  if (typeof navigator !== "object" || typeof navigator.storage?.getDirectory !== "function") {
    return "this browser has no origin private file system";
  }
  if (!navigator.locks) return "this browser has no Web Locks";
  return undefined;
}

// The same, where it shall be used.
export function opfsHandlesMissing(): string | undefined {
  const why = opfsMissing();
  if (why) return why;
  const scope = globalThis as { FileSystemFileHandle?: { prototype: object } };
  const hasHandles = "createSyncAccessHandle" in (scope.FileSystemFileHandle?.prototype ?? {});
  return hasHandles ? undefined : "this is not a dedicated Worker, which alone has its handles";
}

// The file system itself, or why there is none: private windows of some browsers have none.
export async function opfsRoot(): Promise<FileSystemDirectoryHandle | string> {
  try {
    return await navigator.storage.getDirectory();
  } catch (error) {
    return `the origin private file system cannot be used: ${messageOf(error)}`;
  }
}

export class OpfsSlots implements SlotPool {
  readonly slots: Slot[] = [];
  sizeMax = 0;
  readonly #folder: SlotFolder;
  readonly #release: () => void;
  #isClosed = false;

  private constructor(folder: SlotFolder, release: () => void) {
    this.#folder = folder;
    this.#release = release;
  }

  // The folder is made if it is not there, and has at least `countMin` slots.
  static async open(
    name: string,
    countMin: number,
    root = navigator.storage.getDirectory(),
  ): Promise<OpfsSlots> {
    const until = performance.now() + lockWaitMs;
    const folder = folderOf(root, name);
    folder.catch(() => {}); // it is awaited below
    const release = await holdLock(name);
    let pool: OpfsSlots | undefined;
    try {
      pool = new OpfsSlots(await folder, release);
      await pool.#openAll(countMin, name, until);
      return pool;
    } catch (error) {
      if (pool) pool.close();
      else release();
      if (error instanceof ServerError) throw error;
      const why = messageOf(error);
      throw new ServerError("storage", `the streams named "${name}" cannot be opened: ${why}`);
    }
  }

  // Forgets all streams of a name; no server may have them open.
  static async remove(name: string): Promise<void> {
    const release = await holdLock(name);
    try {
      const root = await navigator.storage.getDirectory();
      const parent = await root.getDirectoryHandle("myelin");
      await parent.removeEntry(name, { recursive: true });
    } catch (error) {
      if ((error as Error).name !== "NotFoundError") throw error;
    } finally {
      release();
    }
  }

  async grow(count: number): Promise<number> {
    const first = this.slots.length + 1;
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    const opening = numbers.map((number) => this.#openOne(number));
    const results = await Promise.allSettled(opening);
    const made = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    if (this.#isClosed || made.length < count) {
      for (const slot of made) slot.close();
      await Promise.all(opening);
      return 0;
    }
    this.slots.push(...made);
    return count;
  }

  close(): void {
    this.#isClosed = true;
    for (const slot of this.slots) slot.close();
    this.#release();
  }

  // A slot that is missing among others is made anew: its number is part of no name.
  async #openAll(countMin: number, name: string, until: number): Promise<void> {
    const estimated = navigator.storage.estimate().catch(() => undefined);
    let count = countMin;
    for await (const [name] of this.#folder.entries()) {
      count = Math.max(count, slotNumber(name) ?? 0);
    }
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    const opened = numbers.map((number) => this.#openLocked(number, name, until));
    for (const result of await Promise.allSettled(opened)) {
      if (result.status === "fulfilled") this.slots.push(result.value);
    }
    await Promise.all(opened);
    const { quota, usage = 0 } = (await estimated) ?? {};
    const free = quota === undefined ? sizeUnknown : Math.max(0, quota - usage);
    this.sizeMax = free + this.slots.reduce((size, slot) => size + slot.getSize(), 0);
  }

  // A handle that is still held is asked for again, for a while.
  async #openLocked(number: number, name: string, until: number): Promise<Slot> {
    for (;;) {
      try {
        return await this.#openOne(number);
      } catch (error) {
        if ((error as Error).name !== "NoModificationAllowedError") throw error;
        if (performance.now() > until) throw lockedError(`the streams named "${name}"`);
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  async #openOne(number: number): Promise<Slot> {
    const file = await this.#folder.getFileHandle(slotName(number), { create: true });
    return (file as SlotFile).createSyncAccessHandle();
  }
}

async function folderOf(
  root: Promise<FileSystemDirectoryHandle>,
  name: string,
): Promise<SlotFolder> {
  try {
    const parent = await (await root).getDirectoryHandle("myelin", { create: true });
    return (await parent.getDirectoryHandle(name, { create: true })) as SlotFolder;
  } catch (error) {
    throw new ServerError("storage", `the browser's files cannot be used: ${messageOf(error)}`);
  }
}

// Resolves to what lets go of the lock.
async function holdLock(name: string): Promise<() => void> {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await new Promise<void>((resolve, reject) => {
    const signal = AbortSignal.timeout(lockWaitMs);
    navigator.locks
      .request(names.store(name), { signal }, () => {
        resolve();
        return held;
      })
      .catch(() => reject(lockedError(`the streams named "${name}"`)));
  });
  return release;
}
