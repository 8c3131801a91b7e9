// Slots in a folder of Node's file system. One server at a time has a folder open.

import type * as Fs from "node:fs";
import type * as Net from "node:net";

import { messageOf, ServerError } from "./errors.js";
import { type Slot, slotName, slotNumber, type SlotPool } from "./slots.js";

// Asked for by a name that bundlers for pages do not follow.
export function nodeModule<T>(name: string): Promise<T> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ `node:${name}`) as Promise<T>;
}

export class NodeSlots implements SlotPool {
  readonly slots: NodeSlot[] = [];
  sizeMax = 0;
  readonly #fs: typeof Fs;
  readonly #folder: string;
  readonly #lock: FolderLock;

  private constructor(fs: typeof Fs, folder: string, lock: FolderLock) {
    this.#fs = fs;
    this.#folder = folder;
    this.#lock = lock;
  }

  // The folder is made if it is not there, and has at least `countMin` slots.
  static async open(folder: string, countMin: number): Promise<NodeSlots> {
    const fs = await nodeModule<typeof Fs>("fs");
    let lock: FolderLock | undefined;
    try {
      fs.mkdirSync(folder, { recursive: true });
      lock = await FolderLock.take(fs, fs.realpathSync(folder));
      const pool = new NodeSlots(fs, folder, lock);
      const numbers = fs.readdirSync(folder).map((name) => slotNumber(name) ?? 0);
      await pool.grow(Math.max(countMin, ...numbers));
      const { bavail, bsize } = fs.statfsSync(folder);
      const own = pool.slots.reduce((size, slot) => size + slot.getSize(), 0);
      pool.sizeMax = bavail * bsize + own;
      return pool;
    } catch (error) {
      lock?.release();
      if (error instanceof ServerError) throw error;
      throw new ServerError("storage", `the folder ${folder} cannot be used: ${messageOf(error)}`);
    }
  }

  // A slot that is missing among others is made anew: its number is part of no name.
  grow(count: number): Promise<number> {
    try {
      for (let made = 0; made < count; made += 1) {
        const path = `${this.#folder}/${slotName(this.slots.length + 1)}`;
        const { O_RDWR, O_CREAT } = this.#fs.constants;
        this.slots.push(new NodeSlot(this.#fs, this.#fs.openSync(path, O_RDWR | O_CREAT, 0o600)));
      }
      this.#syncFolder();
      return Promise.resolve(count);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(): void {
    for (const slot of this.slots) slot.close();
    this.#lock.release();
  }

  // New names are in the folder for good. Windows does not open folders, and does it by itself.
  #syncFolder(): void {
    let file: number;
    try {
      file = this.#fs.openSync(this.#folder, "r");
    } catch {
      return;
    }
    try {
      this.#fs.fsyncSync(file);
    } finally {
      this.#fs.closeSync(file);
    }
  }
}

class NodeSlot implements Slot {
  readonly #fs: typeof Fs;
  readonly #file: number;

  constructor(fs: typeof Fs, file: number) {
    this.#fs = fs;
    this.#file = file;
  }

  read(into: Uint8Array, { at }: { at: number }): number {
    let size = 0;
    while (size < into.length) {
      const more = this.#fs.readSync(this.#file, into, size, into.length - size, at + size);
      if (more === 0) break;
      size += more;
    }
    return size;
  }

  write(from: Uint8Array, { at }: { at: number }): number {
    let size = 0;
    while (size < from.length) {
      size += this.#fs.writeSync(this.#file, from, size, from.length - size, at + size);
    }
    return size;
  }

  truncate(size: number): void {
    this.#fs.ftruncateSync(this.#file, size);
  }

  getSize(): number {
    return this.#fs.fstatSync(this.#file).size;
  }

  flush(): void {
    this.#fs.fdatasyncSync(this.#file);
  }

  close(): void {
    this.#fs.closeSync(this.#file);
  }
}

// A folder is locked by listening on a socket named after it: the system lets go of it with the
// process, however that ends, so no lock is ever left behind.
class FolderLock {
  readonly #listener: Net.Server;

  private constructor(listener: Net.Server) {
    this.#listener = listener;
  }

  static async take(fs: typeof Fs, folder: string): Promise<FolderLock> {
    const { createHash } = await nodeModule<typeof import("node:crypto")>("crypto");
    const { tmpdir } = await nodeModule<typeof import("node:os")>("os");
    const net = await nodeModule<typeof Net>("net");
    const name = `myelin-${createHash("sha256").update(folder).digest("hex").slice(0, 32)}`;
    const pipes: Record<string, string> = { linux: `\0${name}`, win32: `\\\\.\\pipe\\${name}` };
    const pipe = pipes[process.platform];
    if (pipe) return FolderLock.#listen(net, pipe, folder);
    // Elsewhere the socket is a file, which a killed process leaves; then nobody answers there.
    const path = `${tmpdir()}/${name}`;
    if (!(await answers(net, path))) fs.rmSync(path, { force: true });
    return FolderLock.#listen(net, path, folder);
  }

  static #listen(net: typeof Net, path: string, folder: string): Promise<FolderLock> {
    return new Promise((resolve, reject) => {
      const listener = net.createServer((socket) => socket.destroy());
      listener.once("error", (error: NodeJS.ErrnoException) => {
        const isLocked = error.code === "EADDRINUSE";
        reject(isLocked ? lockedError(`the folder ${folder}`) : error);
      });
      // Processes of a cluster share what they listen on, unless it is exclusive.
      listener.listen({ path, exclusive: true }, () => resolve(new FolderLock(listener)));
      listener.unref();
    });
  }

  release(): void {
    this.#listener.close();
  }
}

function answers(net: typeof Net, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

export function lockedError(what: string): ServerError {
  const advice = "stop it, or give this one another name or folder";
  return new ServerError("storage_locked", `another server has ${what} open; ${advice}`);
}
