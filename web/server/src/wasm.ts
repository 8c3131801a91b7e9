// Finds and compiles myelin.wasm: beside this module unless one is told where it is.

import { messageOf, ServerError } from "./errors.js";
import { nodeModule } from "./node_slots.js";

export type WasmSource = string | URL | ArrayBuffer | Uint8Array | WebAssembly.Module;

export async function compileWasm(
  source?: WasmSource | Promise<WebAssembly.Module>,
): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module || source instanceof Promise) return source;
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) {
    return WebAssembly.compile(source as BufferSource).catch(refused("the bytes given as wasm"));
  }
  const url = source === undefined ? defaultUrl() : new URL(source, baseUrl());
  if (url.protocol === "file:" && isNode()) return compileFile(url);
  return compileFetched(url);
}

export function isNode(): boolean {
  return typeof process === "object" && typeof process.versions?.node === "string";
}

function defaultUrl(): URL {
  return new URL("./myelin.wasm", import.meta.url);
}

function baseUrl(): string {
  return isNode() ? `file://${process.cwd()}/` : globalThis.location.href;
}

async function compileFile(url: URL): Promise<WebAssembly.Module> {
  const { readFile } = await nodeModule<typeof import("node:fs/promises")>("fs/promises");
  const bytes = await readFile(url).catch((error: unknown) => {
    throw new ServerError("wasm", `myelin.wasm cannot be read: ${messageOf(error)}`);
  });
  return WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>).catch(refused(url.href));
}

async function compileFetched(url: URL): Promise<WebAssembly.Module> {
  const answer = await fetch(url, { credentials: "same-origin" }).catch((error: unknown) => {
    throw new ServerError("wasm", `myelin.wasm cannot be fetched from ${url}: ${messageOf(error)}`);
  });
  if (!answer.ok) {
    throw new ServerError("wasm", `myelin.wasm is not at ${url}: ${answer.status}`);
  }
  // Compiling while it comes needs the right content type, which not every server gives.
  const isTyped = answer.headers.get("Content-Type")?.startsWith("application/wasm");
  const module = isTyped
    ? WebAssembly.compileStreaming(answer)
    : WebAssembly.compile(await answer.arrayBuffer());
  return module.catch(refused(String(url)));
}

function refused(what: string): (error: unknown) => never {
  return (error) => {
    const why = messageOf(error);
    throw new ServerError("wasm", `${what} is not WebAssembly this system runs: ${why}`);
  };
}
