// TabDesk: where the other tabs come to, in the thread of the server they share. It gives them
// links, answers their calls, and ends the links of a tab that is gone: each tab holds a lock named
// after itself, and whoever gets that lock knows.

import { type Call, perform } from "./call.js";
import { BroadcastLink } from "./channel.js";
import { type ServerError, toPlain } from "./errors.js";
import { LocalServer, type ServerEvents, type StartOptions } from "./local_server.js";
import { names } from "./names.js";
import { joinTabs, type Leader, type SharedAs, type TabMessage } from "./tab_messages.js";

// A server in this thread, and its desk, which closes with it.
export async function startShared(
  options: StartOptions,
  events: ServerEvents,
  as: SharedAs,
): Promise<LocalServer> {
  let desk: TabDesk | undefined;
  const onEnd = (error: ServerError | undefined): void => {
    desk?.close();
    events.onEnd(error);
  };
  const server = await LocalServer.start(options, { ...events, onEnd });
  desk = new TabDesk(server, as);
  return server;
}

class TabDesk {
  readonly #server: LocalServer;
  readonly #leader: Leader;
  readonly #common: BroadcastChannel;
  readonly #links = new Map<string, Set<BroadcastLink>>(); // by tab
  readonly #closed = new AbortController();

  constructor(server: LocalServer, { name, leader }: SharedAs) {
    this.#server = server;
    this.#leader = { id: leader, facts: server.facts };
    this.#common = joinTabs(name, (message) => this.#take(message));
    this.#post({ leader: this.#leader });
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#post({ gone: this.#leader.id });
    this.#closed.abort();
    this.#common.close();
  }

  #take(message: TabMessage): void {
    if ("ask" in message) this.#post({ leader: this.#leader });
    if (!("to" in message) || message.to !== this.#leader.id) return;
    if ("link" in message) this.#link(String(message.link), String(message.tab));
    else void this.#answer(message);
  }

  #link(link: string, tab: string): void {
    const links = this.#links.get(tab) ?? this.#watch(tab);
    const channel = new BroadcastLink(names.link(link), () => links.delete(channel));
    links.add(channel);
    this.#server.attach(channel, "tab");
  }

  // A tab without its lock is gone already, or never was.
  #watch(tab: string): Set<BroadcastLink> {
    const links = new Set<BroadcastLink>();
    this.#links.set(tab, links);
    navigator.locks
      .request(names.tab(tab), { signal: this.#closed.signal }, () => {
        this.#links.delete(tab);
        for (const link of [...links]) link.lose();
      })
      .catch(() => {}); // the desk is closed
    return links;
  }

  async #answer({ call, id }: { call: Call; id: string }): Promise<void> {
    try {
      // Only the tab that leads stops its server.
      if (call.call === "stop") return;
      this.#post({ answer: id, value: await perform(this.#server, call) });
    } catch (error) {
      this.#post({ answer: id, error: toPlain(error, "crashed") });
    }
  }

  #post(message: TabMessage): void {
    if (!this.#closed.signal.aborted) this.#common.postMessage(message);
  }
}
