// Link: what a Worker needs to open connections of its own. It crosses to the Worker in a message.

export type Link =
  // A server somewhere, over WebSocket.
  | { kind: "url"; url: string; login: Login }
  // The server of this tab: the port of a Door to it.
  | { kind: "tab"; door: MessagePort };

export interface Login {
  user?: string;
  pass?: string;
  token?: string;
}

export function transfersOf(link: Link): Transferable[] {
  return link.kind === "tab" ? [link.door] : [];
}
