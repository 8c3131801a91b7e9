// Server: what a program sees of it. One call starts it, and clients reach it by what `options()`
// gives to wsconnect, or by sockets of their own.

import type { ConfigObject } from "./config.js";
import { configText } from "./config.js";
import { type ClientOptions, openDoor, type WsFactory } from "./door.js";
import type { LogLevel } from "./engine.js";
import { ServerError } from "./errors.js";
import { type Backend, inMemoryBecause, LocalServer } from "./local_server.js";
import { opfsMissing, OpfsSlots } from "./opfs_slots.js";
import { type CheckedOptions, checkName, checkOptions, type ServerOptions } from "./options.js";
import { LinkSocket, linkUrl } from "./socket.js";
import { startShared } from "./tab_desk.js";
import { Tabs } from "./tabs.js";
import { compileWasm, isNode } from "./wasm.js";
import { WorkerServer } from "./worker_server.js";

export interface ServerInfo {
  id: string;
  name: string;
  // Where streams are kept; "memory" also where OPFS was asked for and the browser has none.
  storage: "memory" | "opfs" | "folder";
  // A tab that shares another's server is a follower.
  role: "leader" | "follower";
  // Whether the browser has promised not to evict what is stored, as far as is known.
  persisted: boolean;
}

export interface LogLine {
  level: LogLevel;
  text: string;
}

// "log": a line of the log. "role": this tab leads now, or another does. "closed": the server is
// gone; `error` says why if it was not stopped.
export class ServerEvent<T> extends Event {
  readonly detail: T;

  constructor(type: string, detail: T) {
    super(type);
    this.detail = detail;
  }
}

export interface ServerEventMap {
  log: ServerEvent<LogLine>;
  role: ServerEvent<ServerInfo>;
  closed: ServerEvent<{ error: ServerError | undefined }>;
}

export class Server extends EventTarget {
  #backend!: Backend;
  #persisted = false;
  #isClosed = false;
  readonly #sockets = new Set<LinkSocket>();
  readonly #onLog: (level: LogLevel, text: string) => void;
  // A server keeps Node running, as one that listens does.
  #alive: ReturnType<typeof setInterval> | undefined;

  private constructor(onLog: (level: LogLevel, text: string) => void) {
    super();
    this.#onLog = onLog;
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const checked = checkOptions(options);
    const server = new Server(checked.onLog);
    const persisted = globalThis.navigator?.storage?.persisted?.().catch(() => false);
    server.#backend = await server.#startBackend(checked);
    server.#persisted = (await persisted) ?? false;
    if (isNode()) server.#alive = setInterval(() => {}, 2 ** 30);
    return server;
  }

  // Forgets all streams of a name in OPFS, for good. Refused while a server has them open.
  static async erase(name = "myelin"): Promise<void> {
    checkName(name);
    const why = opfsMissing();
    if (why) throw new ServerError("storage", why);
    await OpfsSlots.remove(name);
  }

  get info(): ServerInfo {
    const { facts, role } = this.#backend;
    return { ...facts, role, persisted: this.#persisted };
  }

  // A new link, in the shape of a WebSocket.
  socket(): LinkSocket {
    const socket = new LinkSocket(linkUrl);
    this.#sockets.add(socket);
    socket.whenEnded(() => this.#sockets.delete(socket));
    if (this.#isClosed) {
      socket.fail(1001, "the server is stopped");
      return socket;
    }
    this.#backend.open().then(
      (channel) => socket.attach(channel),
      (error: unknown) => socket.fail(1006, String(error)),
    );
    return socket;
  }

  // For wsconnect of @nats-io/nats-core.
  readonly wsFactory: WsFactory = () => {
    return Promise.resolve({ socket: this.socket() as unknown as WebSocket, encrypted: false });
  };

  // Options for wsconnect: those given, and how to reach this server.
  options<T extends object>(given?: T): T & ClientOptions {
    return { ...(given as T), servers: linkUrl, wsFactory: this.wsFactory };
  }

  // A port for another thread, whose links come through it: a Door there takes it.
  door(): MessagePort {
    return openDoor((link) => this.#backend.take(link));
  }

  // A report of monitoring: JSON as an object, anything else as a text.
  async report(path: string, parameters = ""): Promise<unknown> {
    const { status, type, text } = await this.#backend.report(path, parameters);
    if (status !== 200) throw new ServerError("report", `${path}: ${status} ${text.trim()}`);
    return type.startsWith("application/json") ? JSON.parse(text) : text;
  }

  // Takes a new configuration whole. If it has errors the server goes on with what it had.
  reload(config: string | ConfigObject): Promise<void> {
    return this.#backend.reload(configText(config));
  }

  // Asks the browser not to evict what is stored when disk space runs short.
  async persist(): Promise<boolean> {
    this.#persisted = (await globalThis.navigator?.storage?.persist?.()) ?? false;
    return this.#persisted;
  }

  // Links end, what is stored is flushed, files are closed.
  async stop(): Promise<void> {
    if (this.#isClosed) return;
    await this.#backend.stop();
  }

  // Lets Node end although the server runs, and not.
  unref(): this {
    (this.#alive as { unref?: () => void } | undefined)?.unref?.();
    return this;
  }

  ref(): this {
    (this.#alive as { ref?: () => void } | undefined)?.ref?.();
    return this;
  }

  override addEventListener<K extends keyof ServerEventMap>(
    type: K,
    listener: (event: ServerEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: unknown,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener as EventListener, options);
  }

  override removeEventListener<K extends keyof ServerEventMap>(
    type: K,
    listener: (event: ServerEventMap[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: unknown,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener as EventListener, options);
  }

  #startBackend(checked: CheckedOptions): Promise<Backend> {
    const events = {
      onLog: (level: LogLevel, text: string) => this.#log(level, text),
      onEnd: (error: ServerError | undefined) => this.#end(error),
      onRole: () => this.dispatchEvent(new ServerEvent("role", this.info)),
    };
    const { start, name, inWorker, workerScript } = checked;
    const why = start.storage.kind === "opfs" ? opfsMissing() : undefined;
    if (why) {
      events.onLog("warning", inMemoryBecause(why));
      start.storage = { kind: "memory" };
    }
    if (!checked.isShared) {
      if (inWorker) return WorkerServer.start(start, events, workerScript);
      return LocalServer.start(start, events);
    }
    // Made while the locks are asked for; a tab that follows has it ready for its turn.
    const compiled = compileWasm(start.wasm);
    compiled.catch(() => {}); // who starts the server awaits it
    start.wasm = compiled;
    return Tabs.start(name, events, (leader, own) => {
      const tabs = { name, leader };
      if (inWorker) return WorkerServer.start(start, own, workerScript, tabs);
      return startShared(start, own, tabs);
    });
  }

  #log(level: LogLevel, text: string): void {
    this.#onLog(level, text);
    this.dispatchEvent(new ServerEvent("log", { level, text }));
  }

  #end(error: ServerError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#alive);
    // Of a server that was stopped, links hear themselves, after what they were sent last.
    if (error) for (const socket of [...this.#sockets]) socket.fail(1011, error.message);
    this.dispatchEvent(new ServerEvent("closed", { error }));
  }
}
