// What the tabs of one origin say to each other about a server they share, on a BroadcastChannel
// all of them hear. Links have channels of their own.

import type { Call } from "./call.js";
import type { PlainError } from "./errors.js";
import type { ServerFacts } from "./local_server.js";
import { names } from "./names.js";

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

// The channel of a server's tabs. What is no message of ours is not heard.
export function joinTabs(server: string, take: (message: TabMessage) => void): BroadcastChannel {
  const channel = new BroadcastChannel(names.common(server));
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== "object" || data === null) return;
    const { leader, to } = data as { leader?: unknown; to?: unknown };
    if (leader !== undefined && !isLeader(leader)) return;
    if (to !== undefined && typeof to !== "string") return;
    take(data as TabMessage);
  };
  return channel;
}

function isLeader(leader: unknown): leader is Leader {
  const { id, facts } = (leader ?? {}) as { id?: unknown; facts?: unknown };
  return typeof id === "string" && typeof facts === "object" && facts !== null;
}
