// The server in this tab: myelin-server, with its streams in OPFS where the browser has that, and
// shared by the tabs of this origin.

import { Server, ServerError, type ServerEventMap, type ServerInfo } from "myelin-server";

import type { Link } from "../link";
import { remember, remembered } from "../memory";
import type { Backend } from "./backend";

export const configDefault = `# The server in this tab reads what a nats-server reads.
server_name: playground
jetstream {}
`;

const logMax = 200;

export interface TabEvents {
  // Another tab runs the server now, or this one.
  changed(): void;
  // The server has ended by a fault of its own.
  ended(why: string): void;
}

export class TabBackend implements Backend {
  readonly kind = "tab";
  readonly #server: Server;
  readonly #log: string[];

  private constructor(server: Server, log: string[]) {
    this.#server = server;
    this.#log = log;
  }

  static async start(events: TabEvents): Promise<TabBackend> {
    const log: string[] = [];
    const server = await Server.start({
      storage: "opfs",
      name: "playground",
      config: TabBackend.config,
      onLog: (level, text) => {
        log.push(`${level}: ${text}`);
        if (log.length > logMax) log.shift();
      },
    });
    server.addEventListener("closed", ({ detail }: ServerEventMap["closed"]) => {
      if (detail.error) events.ended(detail.error.message);
    });
    server.addEventListener("role", () => events.changed());
    return new TabBackend(server, log);
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
    return role === "leader" ? kept : `${kept}, shared from another tab`;
  }

  get info(): ServerInfo {
    return this.#server.info;
  }

  get log(): readonly string[] {
    return this.#log;
  }

  link(): Link {
    return { kind: "tab", door: this.#server.door() };
  }

  report(path: string, parameters = ""): Promise<unknown> {
    return this.#server.report(`/${path}`, parameters);
  }

  // Takes the configuration text, or says line by line what is wrong with it.
  async reload(text: string): Promise<void> {
    await this.#server.reload(text);
    TabBackend.config = text;
  }

  persist(): Promise<boolean> {
    return this.#server.persist();
  }

  async close(): Promise<void> {
    await this.#server.stop();
  }
}

// The faults of a configuration, "line:column: what" where they have a place.
export function problemsOf(error: unknown): string[] {
  if (error instanceof ServerError && error.problems.length > 0) return error.problems;
  return [error instanceof Error ? error.message : String(error)];
}
