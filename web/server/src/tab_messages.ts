// What the tabs of one origin say to each other about a server they share, on a BroadcastChannel
// all of them hear. Links have channels of their own.

import type { Call } from "./call.js";
import type { PlainError } from "./errors.js";
import type { ServerFacts } from "./local_server.js";

// One time of leading: a tab that leads again is another leader.
export interface Leader {
  id: string;
  facts: ServerFacts;
}

export interface SharedAs {
  name: string;
  leader: string; // which time of leading this is
}

export type TabMessage =
  | { ask: true } // who leads?
  | { leader: Leader }
  | { gone: string }
  | { link: string; tab: string; to: string }
  | { call: Call; id: string; to: string }
  | { answer: string; value?: unknown; error?: PlainError };

// Names of channels and locks, which all code of an origin shares.
export const names = {
  common: (server: string) => `myelin ${server}`,
  leader: (server: string) => `myelin leader ${server}`,
  store: (server: string) => `myelin store ${server}`,
  tab: (tab: string) => `myelin tab ${tab}`,
  link: (link: string) => `myelin link ${link}`,
};
