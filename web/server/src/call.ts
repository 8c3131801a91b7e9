// Call: what is asked of a server from another thread or tab, as a value that crosses.

import type { Backend } from "./local_server.js";

export type Call =
  | { call: "report"; path: string; parameters: string }
  | { call: "reload"; config: string }
  | { call: "stop" };

export function perform(server: Backend, call: Call): Promise<unknown> {
  switch (call.call) {
    case "report":
      return server.report(call.path, call.parameters);
    case "reload":
      return server.reload(call.config);
    case "stop":
      return server.stop();
  }
}
