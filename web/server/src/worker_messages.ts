// What a page and the server's Worker say to each other. Links have ports of their own.

import type { LogLevel } from "./engine.js";
import type { PlainError } from "./errors.js";
import type { ServerFacts, StartOptions } from "./local_server.js";

export type Call =
  | { call: "report"; path: string; parameters: string }
  | { call: "reload"; config: string }
  | { call: "stop" };

export type ToWorker =
  | { start: StartOptions }
  | { id: number; call: Call }
  | { link: MessagePort };

export type FromWorker =
  | { started: ServerFacts }
  | { failed: PlainError }
  | { id: number; value: unknown }
  | { id: number; error: PlainError }
  | { log: { level: LogLevel; text: string } }
  | { ended: PlainError | undefined };
