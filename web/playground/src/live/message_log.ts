// MessageLog: the messages as they come, the newest last. Bounded in number and in bytes; drawn
// once a frame; it can be paused, filtered and cleared.

import { emptyState, make, onceAFrame, setText } from "../dom";
import { icon } from "../icons";
import { count } from "../numbers";
import type { Observer } from "../observe/observer";
import type { Entry } from "../observe/protocol";
import { entryView } from "./entry_view";
import { isInternal, isPattern, matches } from "../subject_pattern";
import { Tail } from "../tail";

const entriesMax = 1000;
const bytesMax = 8 * 1024 * 1024;
const drawnMax = 300;

export class MessageLog {
  readonly element: HTMLElement;
  readonly #list = make("div", {
    class: "entries scroll",
    tabindex: 0,
    role: "log",
    "aria-live": "off",
    "aria-label": "Messages",
    "data-testid": "messages",
  });
  readonly #tail = new Tail(this.#list, () => this.#isReading());
  readonly #filter = make("input", {
    type: "search",
    placeholder: "Filter: orders.*",
    title: "A subject with * or >, or a text that the subject or the payload contains",
    "aria-label": "Filter the messages",
    "data-testid": "message-filter",
    spellcheck: "false",
    input: () => this.#redraw(),
  });
  readonly #internals = make("input", {
    type: "checkbox",
    "data-testid": "message-internals",
    change: () => this.#changeInternals(),
  });
  readonly #pause = make("button", {
    class: "plain",
    "data-testid": "message-pause",
    click: () => this.#setPaused(!this.#isPaused),
  });
  readonly #told = make("span", { class: "grow" });
  readonly #follow = make(
    "button",
    { "data-testid": "follow", click: () => this.#observer?.follow(!this.#isFollowing) },
    "",
  );
  readonly #banner = make(
    "div",
    { class: "banner row", role: "status", hidden: true },
    this.#told,
    this.#follow,
  );
  #isFollowing = true;
  #entries: Entry[] = [];
  #bytes = 0;
  #fresh: Entry[] = [];
  #missed = 0; // while it was paused
  #leftOut = 0; // since the last was drawn
  #observer: Observer | undefined;
  #isPaused = false;
  readonly #drawSoon = onceAFrame(() => this.#draw());

  constructor() {
    const clear = make(
      "button",
      { class: "plain", "data-testid": "message-clear", click: () => this.clear() },
      "Clear",
    );
    const internals = make(
      "label",
      { class: "check", title: "Inboxes, acknowledgements and the JetStream API" },
      this.#internals,
      "internal",
    );
    const bar = make("div", { class: "bar" }, this.#filter, internals, this.#pause, clear);
    this.element = make("div", { class: "tab-panel" }, bar, this.#banner, this.#list);
    this.#setPaused(false);
    this.clear();
  }

  use(observer: Observer): void {
    this.#observer = observer;
    this.clear();
    this.#tell("");
    this.#changeInternals();
    observer.on("entries", ({ entries, leftOut }) => this.#put(entries, leftOut));
    observer.on("following", ({ on, error }) => this.#showFollowing(observer, on, error));
    observer.on("totals", ({ isSampled }) => {
      if (!observer.server?.knowsObservers || !this.#isFollowing) return;
      this.#tell(isSampled ? "Too many to follow: this is a sample. The rates are whole." : "");
    });
  }

  // A server that knows no observers counts the log as a subscriber: the user decides.
  #showFollowing(observer: Observer, on: boolean, error?: string): void {
    this.#isFollowing = on;
    if (on && observer.server?.knowsObservers) return this.#tell("");
    if (error) return this.#tell(`The log cannot follow: ${error}`, "Try again");
    if (!on) return this.#tell("The log is off: to this server it is a subscriber.", "Follow all");
    const effect = "To this server the log is a subscriber: no request is without responders.";
    this.#tell(effect, "Turn it off");
  }

  #tell(text: string, action = ""): void {
    this.#banner.hidden = text === "";
    this.#follow.hidden = action === "";
    setText(this.#told, text);
    setText(this.#follow, action);
  }

  #put(entries: Entry[], leftOut: number): void {
    if (this.#isPaused) {
      this.#missed += entries.length + leftOut;
      return this.#showPaused();
    }
    this.#leftOut += leftOut;
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#bytes += sizeOf(entry);
      if (this.#isWanted(entry)) this.#fresh.push(entry);
    }
    let tooMany = Math.max(this.#entries.length - entriesMax, 0);
    for (const entry of this.#entries.slice(0, tooMany)) this.#bytes -= sizeOf(entry);
    while (this.#bytes > bytesMax) this.#bytes -= sizeOf(this.#entries[tooMany++]!);
    if (tooMany > 0) this.#entries.splice(0, tooMany);
    if (this.#fresh.length > drawnMax) this.#fresh = this.#fresh.slice(-drawnMax);
    this.#drawSoon();
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#redraw();
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#missed = 0;
    this.#showPaused();
  }

  #showPaused(): void {
    const missed = this.#missed > 0 ? ` (${count(this.#missed)} missed)` : "";
    const text = this.#isPaused ? `Resume${missed}` : "Pause";
    this.#pause.replaceChildren(icon(this.#isPaused ? "run" : "pause"), text);
    this.#pause.setAttribute("aria-pressed", String(this.#isPaused));
  }

  #changeInternals(): void {
    this.#observer?.showInternals(this.#internals.checked);
    this.#redraw();
  }

  #isWanted(entry: Entry): boolean {
    const filter = this.#filter.value.trim();
    if (!this.#internals.checked && isInternal(entry.subject)) return false;
    if (!filter) return true;
    if (isPattern(filter)) return matches(filter, entry.subject);
    const wanted = filter.toLowerCase();
    if (entry.subject.toLowerCase().includes(wanted)) return true;
    return new TextDecoder().decode(entry.payload).toLowerCase().includes(wanted);
  }

  #redraw(): void {
    this.#fresh = this.#entries.filter((entry) => this.#isWanted(entry)).slice(-drawnMax);
    this.#list.replaceChildren();
    this.#draw();
  }

  #draw(): void {
    const list = this.#list;
    if (this.#fresh.length > 0) list.querySelector(".empty")?.remove();
    list.append(...this.#fresh.map(entryView));
    this.#fresh = [];
    if (this.#leftOut > 0) list.append(gapOf(this.#leftOut));
    this.#leftOut = 0;
    // A reader who has scrolled back keeps the place, up to a point.
    const kept = this.#tail.follows ? drawnMax : 2 * drawnMax;
    while (list.childElementCount > kept) list.firstElementChild?.remove();
    this.#tail.show();
    if (list.childElementCount === 0) list.append(this.#whyEmpty());
  }

  #isReading(): boolean {
    return this.#list.querySelector('[aria-expanded="true"]') !== null;
  }

  #whyEmpty(): HTMLElement {
    if (this.#entries.length === 0) {
      return emptyState("No messages yet", "Run an example, or publish one by hand.");
    }
    return emptyState("No message matches", "Change the filter, or show the internal ones.");
  }
}

function gapOf(leftOut: number): HTMLElement {
  const text = `${count(leftOut)} more in the same moment`;
  return make("p", { class: "gap" }, text);
}

function sizeOf(entry: Entry): number {
  return entry.payload.length + 200;
}
