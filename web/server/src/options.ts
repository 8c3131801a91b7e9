// What Server.start is given, checked: a misspelt option is an error, not a default.

import { type ConfigObject, configText } from "./config.js";
import type { LogLevel } from "./engine.js";
import { ServerError } from "./errors.js";
import type { StartOptions, StorageKind } from "./local_server.js";
import { isNode, type WasmSource } from "./wasm.js";

export interface ServerOptions {
  // Where streams are kept: "memory" (the default), "opfs" in a browser, or, in Node, a folder.
  storage?: string;
  // NATS configuration, as a text or as an object. `jetstream {}` unless it is given.
  config?: string | ConfigObject;
  // Which server this is among those of one origin; names its folder in OPFS. "myelin" by default.
  name?: string;
  // Whether the tabs of one origin share one server of this name. By default they do with "opfs".
  shared?: boolean;
  // The heap the server may use in all, in bytes. 256 MiB by default.
  memoryMax?: number;
  // myelin.wasm, or where it is, if it is not beside this module.
  wasm?: WasmSource;
  // Whether the server runs in a Worker of its own: by default in a page it does. A URL says where
  // worker.js is, if it is not beside this module.
  worker?: boolean | string | URL;
  // Every line of the log. Without it warnings and errors go to the console.
  onLog?: (level: LogLevel, text: string) => void;
}

const known = [
  "storage", "config", "name", "shared", "memoryMax", "wasm", "worker", "onLog",
];

export interface CheckedOptions {
  start: StartOptions;
  name: string;
  isShared: boolean;
  inWorker: boolean;
  workerScript: string | URL | undefined;
  onLog: (level: LogLevel, text: string) => void;
}

const memoryMaxDefault = 256 * 1024 * 1024;
const memoryMaxLeast = 16 * 1024 * 1024;
const memoryMaxMost = 1024 * 1024 * 1024;

export function isPage(): boolean {
  return typeof document === "object" && typeof Worker === "function";
}

export function checkOptions(options: ServerOptions): CheckedOptions {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw wrong(`there is no option "${key}"; there are ${known.join(", ")}`);
  }
  const name = options.name ?? "myelin";
  checkName(name);
  const inWorker = options.worker === undefined ? isPage() : options.worker !== false;
  const storage = storageOf(options.storage ?? "memory", name, inWorker);
  const memoryMax = options.memoryMax ?? memoryMaxDefault;
  if (!(memoryMax >= memoryMaxLeast && memoryMax <= memoryMaxMost)) {
    throw wrong(`memoryMax: ${memoryMax} is not between 16 MiB and 1 GiB`);
  }
  const canShare = !isNode() && "locks" in navigator && typeof BroadcastChannel === "function";
  const isShared = options.shared ?? (storage.kind === "opfs" && isPage() && canShare);
  if (isShared && !canShare) throw wrong("shared: only tabs of a browser with Web Locks can");
  return {
    start: { storage, config: configOf(options), memoryMax, wasm: wasmOf(options.wasm) },
    name,
    isShared,
    inWorker,
    workerScript: typeof options.worker === "boolean" ? undefined : options.worker,
    onLog: options.onLog ?? toConsole,
  };
}

export function checkName(name: string): void {
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) return;
  throw wrong(`name: "${name}" is none; letters, digits and _ . - make one, at most 64`);
}

function storageOf(storage: string, name: string, inWorker: boolean): StorageKind {
  if (storage === "memory") return { kind: "memory" };
  if (storage === "opfs") {
    if (isNode()) throw wrong(`storage: Node has no OPFS; give a folder, as "./streams"`);
    if (isPage() && !inWorker) {
      throw wrong("storage: OPFS needs a Worker, and `worker` is false");
    }
    return { kind: "opfs", name };
  }
  if (typeof storage !== "string" || storage === "") {
    throw wrong(`storage: "memory", "opfs" or, in Node, a folder is wanted`);
  }
  if (isNode()) return { kind: "folder", path: storage };
  throw wrong(`storage: "${storage}" is neither "memory" nor "opfs", and folders are Node's`);
}

function configOf({ config, name }: ServerOptions): string {
  if (typeof config === "string") return config;
  const given: ConfigObject = config ?? { jetstream: {} };
  const isNamed = name === undefined || "server_name" in given;
  return configText(isNamed ? given : { server_name: name, ...given });
}

// A Worker may have another base than the page that gives it a relative URL.
function wasmOf(wasm: WasmSource | undefined): WasmSource | undefined {
  if (typeof wasm !== "string" && !(wasm instanceof URL)) return wasm;
  const base = isNode() ? `file://${process.cwd()}/` : globalThis.location.href;
  return new URL(wasm, base).href;
}

function toConsole(level: LogLevel, text: string): void {
  if (level === "warning") console.warn(`myelin: ${text}`);
  else if (level === "error" || level === "fatal") console.error(`myelin: ${text}`);
}

function wrong(why: string): ServerError {
  return new ServerError("options", why);
}
