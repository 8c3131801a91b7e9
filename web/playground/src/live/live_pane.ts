// LivePane: what happens at the server. It asks the backend's monitoring once a second while the
// page is looked at, and shows what the observer hears.

import type { Backend } from "../backend/backend";
import { make } from "../dom";
import { HandPane } from "../hand/hand_pane";
import { showNotice } from "../notice";
import type { Observer } from "../observe/observer";
import type { Told } from "../observe/observer";
import { Connections, isOwn } from "./connections";
import { connectionsOf, streamsOf, totalsOf, type Counts, type Report } from "./facts";
import { MessageLog } from "./message_log";
import { Rates } from "./rates";
import { Streams } from "./streams";
import { Subjects } from "./subjects";
import { Tabs } from "./tabs";

const pollMs = 1000;

// What was counted up to a moment, and which part of it is the page's own doing.
interface Mark {
  at: number;
  all: Counts;
  own: Map<number, Counts>; // by connection
  isDeliveryKnown: boolean;
}

const nothing: Counts = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };

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
  #report: Report | undefined;
  #hasReported = false;
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
    this.#report = backend.report?.bind(backend);
    this.#hasReported = false;
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
      const mark = this.#report ? await this.#ask(this.#report) : this.#markOfHeard();
      if (backend !== this.#backend) return;
      this.#showRates(mark);
      // Without monitoring the question itself is traffic: it is asked for who looks.
      if (document.hidden || !(this.#report || this.#tabs.shown === "streams")) return;
      const streams = observer.server?.hasJetStream ? await streamsOf(this.#report, observer) : [];
      if (backend !== this.#backend) return;
      this.#streams.show(streams);
      this.#tabs.showCount("streams", streams.length);
    } catch {
      this.#mark = undefined; // the bar on top tells what has become of the server
      if (backend === this.#backend) this.#doubtMonitoring(backend);
    } finally {
      this.#isAsking = false;
    }
  }

  // An address that the user gave and that has never answered is done without.
  #doubtMonitoring(backend: Backend): void {
    if (backend.kind !== "url" || !this.#report || this.#hasReported) return;
    this.#report = undefined;
    this.#connections.show(undefined);
    showNotice("The monitoring address does not answer: the page shows what a client can see.");
  }

  async #ask(report: Report): Promise<Mark> {
    const [totals, facts] = await Promise.all([totalsOf(report), connectionsOf(report)]);
    this.#hasReported = true;
    const others = facts.filter((row) => !isOwn(row));
    const own = facts.filter(isOwn);
    this.#connections.show(facts);
    this.#rates.showConnections(totals.connections - own.length);
    this.#tabs.showCount("connections", others.length);
    const ownCounts = new Map(own.map((row): [number, Counts] => [row.id, row]));
    return { at: Date.now(), all: totals, own: ownCounts, isDeliveryKnown: true };
  }

  // Without monitoring: what the observer heard was published, and who took it is unknown.
  #markOfHeard(): Mark {
    const { messages, bytes } = this.#heard;
    const all = { ...nothing, messagesIn: messages, bytesIn: bytes };
    return { at: Date.now(), all, own: new Map(), isDeliveryKnown: false };
  }

  #showRates(mark: Mark): void {
    const last = this.#mark ?? mark; // of what was before nothing is known
    this.#mark = mark;
    const seconds = Math.max((mark.at - last.at) / 1000, 0.001);
    const rate = (name: keyof Counts) => Math.max(freshOf(name, mark, last) / seconds, 0);
    const { isDeliveryKnown } = mark;
    this.#rates.put({
      at: mark.at,
      published: rate("messagesIn"),
      publishedBytes: rate("bytesIn"),
      delivered: isDeliveryKnown ? rate("messagesOut") : undefined,
      deliveredBytes: isDeliveryKnown ? rate("bytesOut") : undefined,
    });
  }
}

// What came since, without what the page itself is sent to show it. A connection of its own that
// has ended took its counts along: they are not fresh.
function freshOf(name: keyof Counts, mark: Mark, last: Mark): number {
  let fresh = mark.all[name] - last.all[name];
  for (const [id, counts] of mark.own) fresh -= counts[name] - (last.own.get(id) ?? nothing)[name];
  return fresh;
}
