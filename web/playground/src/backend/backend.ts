// Backend: a server the page works with, be it in this tab or elsewhere.

import type { Link } from "../link";

export interface Backend {
  readonly kind: "tab" | "daemon" | "url";
  // Its WebSocket address, or what the chat calls the server in the tab.
  readonly address: string;
  // Where it is, for the bar on top.
  readonly place: string;
  // What a Worker needs for connections of its own; a new one for each Worker.
  link(): Link;
  // A report of its monitoring, such as "varz"; undefined where there is none.
  report?(path: string, parameters?: string): Promise<unknown>;
  close(): Promise<void>;
}

export class BackendError extends Error {}
