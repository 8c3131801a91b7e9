// Tabs: one server for the tabs of an origin, as one of them sees it. Whoever holds the leader's
// lock runs the server; the others wait in the lock's queue and have links to its Worker. When the
// leader's tab is gone, however that came, the next in the queue starts the server on the streams
// that are stored, and all links end, so that clients connect anew.

import type { Call } from "./call.js";
import { BroadcastLink, type Channel, PortChannel, relay } from "./channel.js";
import { fromPlain, ServerError, toPlain } from "./errors.js";
import type { Report } from "./host.js";
import type { Backend, ServerEvents, ServerFacts } from "./local_server.js";
import { names } from "./names.js";
import { joinTabs, type Leader, type TabMessage } from "./tab_messages.js";

// A leader that recovers many messages takes a while; one that hangs, for good.
const lateMs = 5000;
const lateText = "the tab that runs the server has not answered yet";

interface Waiting {
  resolve(value: never): void;
  reject(error: ServerError): void;
}

export interface TabsEvents extends ServerEvents {
  // This tab leads now, or another one.
  onRole: () => void;
}

export class Tabs implements Backend {
  readonly #name: string;
  readonly #events: TabsEvents;
  readonly #startOwn: (leader: string, events: ServerEvents) => Promise<Backend>;
  readonly #tab = crypto.randomUUID();
  readonly #common: BroadcastChannel;
  readonly #stopped = new AbortController();
  readonly #links = new Set<BroadcastLink>();
  readonly #calls = new Map<string, Waiting>();
  #served: Waiting[] = []; // for a server, this tab's or another's
  #leader: Leader | undefined;
  #own: Backend | undefined;
  #isLeading = false;
  #hasServed = false;
  #release: () => void = () => {};

  private constructor(
    name: string,
    events: TabsEvents,
    startOwn: (leader: string, events: ServerEvents) => Promise<Backend>,
  ) {
    this.#name = name;
    this.#events = events;
    this.#startOwn = startOwn;
    this.#common = joinTabs(name, (message) => this.#take(message));
  }

  // Resolves once there is a server: another tab's, or the one that `startOwn` has started.
  static async start(
    name: string,
    events: TabsEvents,
    startOwn: (leader: string, events: ServerEvents) => Promise<Backend>,
  ): Promise<Tabs> {
    const tabs = new Tabs(name, events, startOwn);
    try {
      const served = tabs.#whenServed();
      served.catch(() => {}); // it is awaited below
      tabs.#queueForLeader();
      await tabs.#holdTab();
      tabs.#post({ ask: true });
      const late = setTimeout(() => events.onLog("warning", lateText), lateMs);
      await served.finally(() => clearTimeout(late));
    } catch (error) {
      tabs.#leave();
      throw error;
    }
    return tabs;
  }

  get facts(): ServerFacts {
    const known = this.#own?.facts ?? this.#leader?.facts;
    return known ?? { id: "", name: "", storage: "opfs" };
  }

  get role(): "leader" | "follower" {
    return this.#isLeading ? "leader" : "follower";
  }

  async open(): Promise<Channel> {
    await this.#whenServed();
    if (this.#own) return this.#own.open();
    const link = crypto.randomUUID();
    const channel = new BroadcastLink(names.link(link), () => this.#links.delete(channel));
    this.#links.add(channel);
    this.#post({ link, tab: this.#tab, to: this.#leader?.id ?? "" });
    return channel;
  }

  take(port: MessagePort): void {
    if (this.#own) return this.#own.take(port);
    const near = new PortChannel(port);
    this.open().then(
      (far) => relay(near, far),
      () => near.refuse(),
    );
  }

  async report(path: string, parameters: string): Promise<Report> {
    await this.#whenServed();
    if (this.#own) return this.#own.report(path, parameters);
    return (await this.#call({ call: "report", path, parameters })) as Report;
  }

  async reload(config: string): Promise<void> {
    await this.#whenServed();
    if (this.#own) return this.#own.reload(config);
    await this.#call({ call: "reload", config });
  }

  // For this tab alone: another one leads then, if there is another.
  async stop(): Promise<void> {
    const own = this.#own;
    this.#leave();
    if (own) await own.stop();
    else this.#events.onEnd(undefined);
    this.#release();
  }

  // Held as long as this tab lives.
  #holdTab(): Promise<void> {
    return new Promise((resolve, reject) => {
      const held = (): Promise<void> => {
        resolve();
        return new Promise((end) => this.#stopped.signal.addEventListener("abort", () => end()));
      };
      navigator.locks.request(names.tab(this.#tab), held).catch(reject);
    });
  }

  #queueForLeader(): void {
    const { signal } = this.#stopped;
    navigator.locks
      .request(names.leader(this.#name), { signal }, () => this.#lead())
      .catch(() => {}); // this tab has left the queue
  }

  // Resolves when this tab leads no more.
  async #lead(): Promise<void> {
    this.#isLeading = true;
    this.#lose();
    const ended = new Promise<void>((resolve) => (this.#release = resolve));
    const events = { ...this.#events, onEnd: (error?: ServerError) => this.#end(error) };
    try {
      const own = await this.#startOwn(crypto.randomUUID(), events);
      if (this.#stopped.signal.aborted) return await own.stop();
      this.#own = own;
      this.#settle();
      await ended;
    } catch (error) {
      this.#end(error instanceof ServerError ? error : fromPlain(toPlain(error, "crashed")));
    }
  }

  #take(message: TabMessage): void {
    if (this.#isLeading) return;
    if ("leader" in message) {
      if (message.leader.id === this.#leader?.id) return;
      this.#lose();
      this.#leader = message.leader;
      this.#settle();
    } else if ("gone" in message && message.gone === this.#leader?.id) {
      this.#lose();
    } else if ("answer" in message) {
      const waiting = this.#calls.get(message.answer);
      this.#calls.delete(message.answer);
      if (message.error) waiting?.reject(fromPlain(message.error));
      else waiting?.resolve(message.value as never);
    }
  }

  // The leader is gone, and with it every link to it.
  #lose(): void {
    this.#leader = undefined;
    for (const link of [...this.#links]) link.lose();
    const error = new ServerError("stopped", "the tab that ran the server is gone");
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }

  #whenServed(): Promise<void> {
    if (this.#stopped.signal.aborted) {
      return Promise.reject(new ServerError("stopped", "the server is stopped"));
    }
    if (this.#own || this.#leader) return Promise.resolve();
    return new Promise((resolve, reject) => this.#served.push({ resolve, reject }));
  }

  // There is a server now, or never will be one.
  #settle(error?: ServerError): void {
    if (!error && this.#hasServed) this.#events.onRole();
    if (!error) this.#hasServed = true;
    for (const { resolve, reject } of this.#served.splice(0)) {
      if (error) reject(error);
      else resolve(undefined as never);
    }
  }

  #call(call: Call): Promise<unknown> {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#post({ call, id, to: this.#leader?.id ?? "" });
    });
  }

  // This tab's own server has ended, or never started.
  #end(error: ServerError | undefined): void {
    this.#own = undefined;
    if (error) this.#settle(error);
    this.#leave();
    this.#release();
    this.#events.onEnd(error);
  }

  #leave(): void {
    if (this.#stopped.signal.aborted) return;
    this.#lose();
    this.#stopped.abort();
    this.#settle(new ServerError("stopped", "the server is stopped"));
    this.#common.close();
  }

  #post(message: TabMessage): void {
    if (!this.#stopped.signal.aborted) this.#common.postMessage(message);
  }
}
