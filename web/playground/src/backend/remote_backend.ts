// A server elsewhere, over WebSocket: the daemon that serves this page, or one the user names.

import { BackendError, type Backend } from "./backend";
import type { Link, Login } from "../link";

export class RemoteBackend implements Backend {
  readonly kind: "daemon" | "url";
  readonly address: string;
  readonly place: string;
  readonly report?: (path: string, parameters?: string) => Promise<unknown>;
  readonly #login: Login;

  constructor(kind: "daemon" | "url", url: string, login: Login, monitoring?: URL) {
    this.kind = kind;
    this.place = new URL(url).host;
    this.address = url;
    this.#login = login;
    if (monitoring) this.report = (path, parameters) => fetchReport(monitoring, path, parameters);
  }

  link(): Link {
    return { kind: "url", url: this.address, login: this.#login };
  }

  async close(): Promise<void> {}
}

async function fetchReport(base: URL, path: string, parameters = ""): Promise<unknown> {
  const url = new URL(`${path}?${parameters}`, base);
  const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new BackendError(`${url.pathname} answers ${answer.status}`);
  return answer.json();
}

interface Varz {
  server_id: string;
  websocket?: { port?: number; no_tls?: boolean; host?: string };
}

// The daemon that serves this page, if one does: its monitoring is one level up.
export async function findDaemon(): Promise<RemoteBackend | undefined> {
  const monitoring = new URL("../", location.href);
  const varz = await (fetchReport(monitoring, "varz") as Promise<Varz>).catch(() => undefined);
  if (typeof varz?.server_id !== "string" || !varz.websocket?.port) return undefined;
  const { port, no_tls } = varz.websocket;
  const url = `${no_tls ? "ws" : "wss"}://${location.hostname}:${port}`;
  return new RemoteBackend("daemon", url, {}, monitoring);
}

// What the user typed. The name and password may stand in the URL, as in the NATS tools.
export function remoteOf(typed: string, monitoringTyped: string): RemoteBackend {
  const url = urlOf(/^\w+:\/\//.test(typed) ? typed : `ws://${typed}`, "This is not a URL");
  if (!["ws:", "wss:"].includes(url.protocol)) {
    const advice =
      "A page reaches servers over WebSocket alone: the URL begins with ws:// or wss://";
    throw new BackendError(advice);
  }
  if (location.protocol === "https:" && url.protocol === "ws:" && !isLocal(url.hostname)) {
    throw new BackendError("A page that came over https may only use wss://");
  }
  const monitoring = monitoringTyped
    ? urlOf(monitoringTyped.replace(/\/*$/, "/"), "The monitoring address is not a URL")
    : undefined;
  const login = loginOf(url);
  url.username = "";
  url.password = "";
  return new RemoteBackend("url", url.href.replace(/\/$/, ""), login, monitoring);
}

function urlOf(text: string, complaint: string): URL {
  if (!URL.canParse(text)) throw new BackendError(`${complaint}: ${text}`);
  return new URL(text);
}

function isLocal(host: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(host);
}

// A name without a password is a token.
function loginOf({ username, password }: URL): Login {
  if (!username) return {};
  const user = decodeURIComponent(username);
  return password ? { user, pass: decodeURIComponent(password) } : { token: user };
}
