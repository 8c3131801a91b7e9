// The server in this tab: myelin-server, with its streams in OPFS where the browser has that, and
// shared by the tabs of this origin. It can be started anew under clients that stay: their links
// end, and the next ones they ask for are those of the new server.

import {
  type LogLevel,
  Server,
  ServerError,
  type ServerEventMap,
  type ServerInfo,
} from "myelin-server";

import { tabAddress } from "../chat/address";
import type { Link } from "../link";
import { remember, remembered } from "../memory";
import type { Backend } from "./backend";

export const configDefault = `# The server in this tab reads what a nats-server reads.
server_name: playground
jetstream {}
`;

const waitingMax = 100;
const warningsMax = 50;

export interface TabEvents {
  // Another tab runs the server now, or this one.
  changed(): void;
  // The server has ended by a fault of its own.
  ended(why: string): void;
}

export class TabBackend implements Backend {
  readonly kind = "tab";
  readonly address = tabAddress;
  // What the server warned of since it started, the latest last.
  readonly warnings: string[] = [];
  readonly #events: TabEvents;
  #server!: Server;
  // To the server; there is none while it starts.
  #door: MessagePort | undefined;
  // Links that were asked for meanwhile.
  #waiting: MessagePort[] = [];

  private constructor(events: TabEvents) {
    this.#events = events;
  }

  static async start(events: TabEvents): Promise<TabBackend> {
    const backend = new TabBackend(events);
    await backend.#start();
    return backend;
  }

  // What the server is started with; the user's own text is remembered.
  static get config(): string {
    return remembered("config") ?? configDefault;
  }

  static get hasOwnConfig(): boolean {
    return remembered("config") !== undefined;
  }

  static set config(text: string) {
    remember("config", text === configDefault ? undefined : text);
  }

  get place(): string {
    const { storage, role } = this.#server.info;
    const kept = storage === "opfs" ? "streams are kept" : "streams are kept until the tab closes";
    return `${role === "leader" ? "running" : "shared from another tab"} · ${kept}`;
  }

  get info(): ServerInfo {
    return this.#server.info;
  }

  link(): Link {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<{ link?: unknown } | null>) => {
      if (data?.link instanceof MessagePort) this.#pass(data.link);
    };
    return { kind: "tab", door: port2 };
  }

  report(path: string, parameters = ""): Promise<unknown> {
    return this.#server.report(`/${path}`, parameters);
  }

  // Takes the configuration text, or says line by line what is wrong with it.
  async reload(text: string): Promise<void> {
    await this.#server.reload(text);
    TabBackend.config = text;
  }

  async restart(): Promise<void> {
    await this.close();
    await this.#start();
  }

  persist(): Promise<boolean> {
    return this.#server.persist();
  }

  async close(): Promise<void> {
    this.#door = undefined;
    await this.#server.stop();
  }

  async #start(): Promise<void> {
    this.warnings.length = 0;
    const server = await Server.start({
      storage: "opfs",
      name: "playground",
      config: TabBackend.config,
      onLog: (level, text) => this.#log(level, text),
    });
    server.addEventListener("role", () => this.#events.changed());
    server.addEventListener("closed", ({ detail }: ServerEventMap["closed"]) => {
      if (server === this.#server) this.#door = undefined;
      if (detail.error) this.#events.ended(detail.error.message);
    });
    this.#server = server;
    this.#door = server.door();
    for (const link of this.#waiting.splice(0)) this.#pass(link);
  }

  #log(level: LogLevel, text: string): void {
    if (!["warning", "error", "fatal"].includes(level)) return;
    this.warnings.push(text);
    if (this.warnings.length > warningsMax) this.warnings.shift();
  }

  // Who asks while the server starts, waits; who asks too often gives up an older wait.
  #pass(link: MessagePort): void {
    if (this.#door) return this.#door.postMessage({ link }, [link]);
    this.#waiting.push(link);
    if (this.#waiting.length > waitingMax) this.#waiting.shift()?.close();
  }
}

// The faults of a configuration, "line:column: what" where they have a place.
export function problemsOf(error: unknown): string[] {
  if (error instanceof ServerError && error.problems.length > 0) return error.problems;
  return [error instanceof Error ? error.message : String(error)];
}
