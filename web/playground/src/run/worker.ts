// The Worker in which one example runs, once. It ends with the Worker.

import type { NatsConnection } from "@nats-io/nats-core";

import { type Connector, connectorOf } from "../connector";
import { format } from "./inspect";
import { Liveness } from "./liveness";
import { modules, urlOf } from "./modules";
import { OutputGate } from "./output_gate";
import type { FromWorker, LineKind, Position, ToWorker } from "./protocol";
import { importsOf, rewritten, SourceError, type ImportOf } from "./rewrite";

const post = (message: FromWorker) => globalThis.postMessage(message);
const gate = new OutputGate((lines, leftOut) => post({ type: "lines", lines, leftOut }));
const liveness = new Liveness(() => end(false));

let name = "";
let moduleUrl = "";
let stop: (() => void) | undefined;
const connections = new Set<NatsConnection>();
const untilStopped = new Promise<void>((resolve) => (stop = resolve));

globalThis.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "stop") return stop?.();
  if (data.type === "leave") return void leave();
  name = data.name;
  const running = run(data.source, connectorOf(data.link)).catch(fail);
  liveness.holdFor(running);
};

async function run(source: string, connect: Connector): Promise<void> {
  const imports = importsOf(source);
  const urls = new Map<string, string>();
  for (const one of imports) {
    if (!urls.has(one.name)) urls.set(one.name, await urlOfImport(one, connect));
  }
  const text = rewritten(source, imports, (wanted) => urls.get(wanted) ?? wanted);
  moduleUrl = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    await import(/* @vite-ignore */ moduleUrl);
  } catch (error) {
    throw missingExport(error, imports, urls) ?? error;
  }
}

async function urlOfImport(wanted: ImportOf, connect: Connector): Promise<string> {
  if (wanted.name.endsWith("/connection.mjs")) return urlOf(wanted.name, connectionModule(connect));
  const load = Object.hasOwn(modules, wanted.name) ? modules[wanted.name] : undefined;
  if (load) return urlOf(wanted.name, await load());
  if (/^https?:/.test(wanted.name)) return wanted.name;
  const known = Object.keys(modules).join(", ");
  const where = wanted.name.startsWith("node:") ? "is a module of Node's" : "is not here";
  throw new SourceError(`"${wanted.name}" ${where}; a page has ${known}`, wanted.at);
}

// What examples/connection.mjs is in Node.
function connectionModule(connect: Connector) {
  return {
    async connect(options = {}) {
      const opening = connect({ name, ...options });
      liveness.holdFor(opening);
      const connection = await opening;
      connections.add(connection);
      liveness.holdFor(connection.closed());
      return connection;
    },
    stopped() {
      post({ type: "waits" });
      liveness.holdFor(untilStopped);
      return untilStopped;
    },
  };
}

// An import of what a module does not export: the engine names the URL, the user knows the name.
function missingExport(error: unknown, imports: ImportOf[], urls: Map<string, string>) {
  if (!(error instanceof SyntaxError)) return undefined;
  const wanted = imports.find((one) => error.message.includes(urls.get(one.name) ?? "\0"));
  if (!wanted) return undefined;
  const url = urls.get(wanted.name) ?? "";
  return new SourceError(error.message.replace(url, wanted.name), wanted.at);
}

// Output --------------------------------------------------------------------------------------

function print(kind: LineKind, values: unknown[]): void {
  const text = readable(format(values));
  const at = kind === "error" || kind === "warn" ? positionIn(text) : undefined;
  gate.put(at ? { kind, text, at } : { kind, text });
}

for (const kind of ["log", "info", "warn", "error"] as const) {
  console[kind] = (...values: unknown[]) => print(kind, values);
}
console.debug = console.log;
console.dir = (value: unknown) => print("log", [value]);
console.table = console.dir;
console.trace = console.log;

function fail(error: unknown): void {
  if (error instanceof SourceError) {
    gate.put({ kind: "error", text: error.message, at: error.at });
  } else {
    print("error", [withHint(error)]);
  }
  end(true);
}

// The engine's words for what Node has and a page has not.
function withHint(error: unknown): unknown {
  const missing =
    error instanceof ReferenceError && /^(process|Buffer|require)\b/.exec(error.message);
  return missing ? `${format([error])}\n(${missing[1]} is Node's; this runs in a page)` : error;
}

// A stack without the Worker's own part of it, in which the example has its own name.
function readable(text: string): string {
  if (!moduleUrl) return text;
  const lines = text.split("\n");
  const isForeign = (line: string) =>
    /^\s+at .*(https?|blob):/.test(line) && !line.includes(moduleUrl);
  return lines
    .filter((line) => !isForeign(line))
    .join("\n")
    .replaceAll(moduleUrl, name);
}

function positionIn(text: string): Position | undefined {
  const start = text.indexOf(`${name}:`);
  const found = start < 0 ? null : /^:(\d+):(\d+)/.exec(text.slice(start + name.length));
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}

globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error ?? event.message);
});
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});

function end(failed: boolean): void {
  gate.flush();
  post({ type: "ended", failed });
}

async function leave(): Promise<void> {
  await Promise.allSettled([...connections].map((connection) => connection.close()));
  post({ type: "left" });
}
