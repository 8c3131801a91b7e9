// What a page and the server's Worker say to each other. Links have ports of their own.

import type { Call } from "./call.js";
import type { LogLevel } from "./engine.js";
import type { PlainError } from "./errors.js";
import type { ServerFacts, StartOptions } from "./local_server.js";
import type { SharedAs } from "./tab_messages.js";

export interface StartMessage {
  start: StartOptions;
  tabs: SharedAs | undefined;
}

export type ToWorker =
  | StartMessage
  | { module: WebAssembly.Module } // for the start, which goes ahead
  | { id: number; call: Call }
  | { link: MessagePort };

export type FromWorker =
  | { started: ServerFacts }
  | { failed: PlainError }
  | { id: number; value: unknown }
  | { id: number; error: PlainError }
  | { log: { level: LogLevel; text: string } }
  | { ended: PlainError | undefined };
