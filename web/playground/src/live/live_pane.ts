// LivePane: what happens at the server. It asks the backend's monitoring once a second while the
// page is looked at, and shows what the observer hears.

import type { Backend } from "../backend/backend";
import { make } from "../dom";
import { HandPane } from "../hand/hand_pane";
import type { Observer } from "../observe/observer";
import type { Told } from "../observe/observer";
import { Connections, isOwn } from "./connections";
import { connectionsOf, streamsOf, totalsOf, type ConnectionFacts } from "./facts";
import { MessageLog } from "./message_log";
import { Rates } from "./rates";
import { Streams } from "./streams";
import { Subjects } from "./subjects";
import { Tabs } from "./tabs";

const pollMs = 1000;

interface Mark {
  at: number;
  published: number;
  publishedBytes: number;
  // undefined: nobody says.
  delivered?: number;
  deliveredBytes?: number;
}

export class LivePane {
  readonly #rates = new Rates();
  readonly #log = new MessageLog();
  readonly #subjects = new Subjects();
  readonly #connections = new Connections();
  readonly #streams = new Streams();
  readonly #hand = new HandPane();
  readonly #tabs = new Tabs("Live view", [
    { id: "messages", title: "Messages", element: this.#log.element },
    { id: "subjects", title: "Subjects", element: this.#subjects.element },
    { id: "connections", title: "Clients", element: this.#connections.element },
    { id: "streams", title: "Streams", element: this.#streams.element },
    { id: "hand", title: "By hand", element: this.#hand.element },
  ]);
  #backend: Backend | undefined;
  #observer: Observer | undefined;
  #mark: Mark | undefined;
  #isAsking = false;
  #heard = { messages: 0, bytes: 0, at: Date.now() };

  constructor(parent: HTMLElement) {
    const head = make(
      "div",
      { class: "pane-head" },
      make("h2", {}, "Live"),
      make("span", { class: "grow" }),
      this.#rates.unitSelect,
    );
    parent.append(
      head,
      this.#rates.element,
      this.#tabs.bar,
      this.#log.element,
      this.#subjects.element,
      this.#connections.element,
      this.#streams.element,
      this.#hand.element,
    );
    setInterval(() => void this.#poll(), pollMs);
  }

  use(backend: Backend, observer: Observer): void {
    this.#backend = backend;
    this.#observer = observer;
    this.#mark = undefined;
    this.#heard = { messages: 0, bytes: 0, at: Date.now() };
    this.#rates.clear();
    this.#rates.showConnections(undefined);
    this.#log.use(observer);
    this.#subjects.show([]);
    this.#connections.show(backend.report ? [] : undefined);
    this.#streams.show([]);
    this.#hand.use(observer);
    for (const id of ["subjects", "connections", "streams"]) this.#tabs.showCount(id, 0);
    observer.on("totals", (totals) => this.#hear(totals));
  }

  #hear(totals: Told<"totals">): void {
    const fresh = totals.messages - this.#heard.messages;
    const seconds = (Date.now() - this.#heard.at) / 1000;
    this.#heard = { messages: totals.messages, bytes: totals.bytes, at: Date.now() };
    const all = this.#rates.published;
    const scale = totals.isSampled && fresh > 0 ? Math.max((all * seconds) / fresh, 1) : 1;
    this.#subjects.show(totals.subjects, scale);
    this.#tabs.showCount("subjects", totals.subjectCount);
  }

  // One round at a time: a server that is slow is not asked again meanwhile.
  async #poll(): Promise<void> {
    const backend = this.#backend;
    const observer = this.#observer;
    if (!backend || observer?.state !== "connected" || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const mark = backend.report ? await this.#ask(backend) : this.#markOfHeard();
      if (backend !== this.#backend) return;
      this.#showRates(mark);
      if (document.hidden) return;
      const streams = observer.server?.hasJetStream ? await streamsOf(backend, observer) : [];
      if (backend !== this.#backend) return;
      this.#streams.show(streams);
      this.#tabs.showCount("streams", streams.length);
    } catch {
      this.#mark = undefined; // the bar on top tells what has become of the server
    } finally {
      this.#isAsking = false;
    }
  }

  async #ask(backend: Backend): Promise<Mark> {
    const [totals, facts] = await Promise.all([totalsOf(backend), connectionsOf(backend)]);
    const others = facts.filter((row) => !isOwn(row));
    const own = facts.filter(isOwn);
    this.#connections.show(facts);
    this.#rates.showConnections(totals.connections - own.length);
    this.#tabs.showCount("connections", others.length);
    // Without what the page itself is sent to show it.
    const sum = (of: (row: ConnectionFacts) => number) =>
      own.reduce((all, row) => all + of(row), 0);
    return {
      at: Date.now(),
      published: totals.messagesIn - sum((row) => row.messagesIn),
      delivered: totals.messagesOut - sum((row) => row.messagesOut),
      publishedBytes: totals.bytesIn - sum((row) => row.bytesIn),
      deliveredBytes: totals.bytesOut - sum((row) => row.bytesOut),
    };
  }

  // Without monitoring: what the observer heard was published, and who took it is unknown.
  #markOfHeard(): Mark {
    const { messages, bytes } = this.#heard;
    return { at: Date.now(), published: messages, publishedBytes: bytes };
  }

  #showRates(mark: Mark): void {
    const last = this.#mark ?? mark; // of what was before nothing is known
    this.#mark = mark;
    const seconds = Math.max((mark.at - last.at) / 1000, 0.001);
    const rate = (now = 0, then = 0) => Math.max((now - then) / seconds, 0);
    const isDeliveryKnown = mark.delivered !== undefined;
    this.#rates.put({
      at: mark.at,
      published: rate(mark.published, last.published),
      publishedBytes: rate(mark.publishedBytes, last.publishedBytes),
      delivered: isDeliveryKnown ? rate(mark.delivered, last.delivered) : undefined,
      deliveredBytes: isDeliveryKnown ? rate(mark.deliveredBytes, last.deliveredBytes) : undefined,
    });
  }
}
