// What the page and the Worker of a running example say to each other.

import type { Link } from "../link";

export type ToWorker =
  | { type: "run"; name: string; source: string; link: Link }
  // The user has had enough: what stopped() of connection.mjs waits for.
  | { type: "stop" }
  // It is over: its connections shall be closed, so that the server need not find out by itself.
  | { type: "leave" };

export type LineKind = "log" | "info" | "warn" | "error" | "note";

// A place in the edited source, both counted from 1.
export interface Position {
  line: number;
  column: number;
}

export interface Line {
  kind: LineKind;
  text: string;
  at?: Position;
}

export type FromWorker =
  | { type: "lines"; lines: Line[]; leftOut: number }
  // It waits for stopped(): a stop is asked for first and forced only later.
  | { type: "waits" }
  | { type: "ended"; failed: boolean }
  // Its connections are closed.
  | { type: "left" };
