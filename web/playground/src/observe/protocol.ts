// What the page and its observer, a Worker with the page's one connection, say to each other.

import type { Link } from "../link";

export interface Sending {
  subject: string;
  headers: [name: string, value: string][];
  payload: string;
}

export type ToObserver =
  | { type: "open"; link: Link }
  // Whether to follow all messages. It begins by itself where the server knows observers.
  | { type: "follow"; on: boolean }
  // Whether to tell of the messages that clients and server need for themselves.
  | { type: "internals"; on: boolean }
  | { type: "subscribe"; id: number; subject: string; queue: string }
  | { type: "unsubscribe"; id: number }
  | { type: "publish"; call: number; sending: Sending }
  | { type: "request"; call: number; sending: Sending; timeoutMs: number }
  // A request of the JetStream API, for what its JSON answers.
  | { type: "api"; call: number; subject: string; body: unknown };

export interface Entry {
  number: number;
  at: number; // Unix time in ms
  subject: string;
  reply: string;
  headers: [name: string, value: string][];
  size: number; // of the whole payload
  payload: Uint8Array; // its beginning
}

export interface SubjectRow {
  subject: string;
  messages: number;
  bytes: number;
  rate: number; // messages a second, lately
  at: number;
}

export interface ServerInfo {
  name: string;
  id: string;
  version: string;
  clientId: number;
  hasJetStream: boolean;
  maxPayload: number;
  // Whether it knows observers: clients whose subscriptions are no interest.
  knowsObservers: boolean;
}

export type LinkState = "connecting" | "connected" | "reconnecting" | "closed";

export type FromObserver =
  | { type: "state"; state: LinkState; error?: string; server?: ServerInfo }
  // With an error: the server does not allow it.
  | { type: "following"; on: boolean; error?: string }
  | { type: "entries"; entries: Entry[]; leftOut: number }
  | {
      type: "totals";
      messages: number;
      bytes: number;
      isSampled: boolean;
      subjects: SubjectRow[];
      subjectCount: number;
    }
  | { type: "delivered"; id: number; count: number; entries: Entry[] }
  | { type: "unsubscribed"; id: number; error?: string }
  | { type: "answer"; call: number; value: unknown }
  | { type: "failure"; call: number; error: string };
