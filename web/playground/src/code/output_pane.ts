// OutputPane: what the running example prints. Bounded; drawn once a frame; it scrolls along unless
// the user has scrolled back.

import { emptyState, make, onceAFrame } from "../dom";
import { icon } from "../icons";
import type { Line, Position } from "../run/protocol";
import { Tail } from "../tail";

const linesMax = 2000;

export class OutputPane {
  readonly #lines = make("div", {
    class: "lines scroll",
    role: "log",
    tabindex: 0,
    "aria-label": "What the example prints",
    "data-testid": "output-lines",
  });
  readonly #tail = new Tail(this.#lines);
  readonly #state = make("p", { class: "state", role: "status", "data-testid": "run-state" });
  readonly #goTo: (position: Position) => void;
  #waiting: Line[] = [];
  readonly #drawSoon = onceAFrame(() => this.#draw());

  constructor(parent: HTMLElement, goTo: (position: Position) => void) {
    this.#goTo = goTo;
    const clear = make(
      "button",
      { class: "plain", "data-testid": "output-clear", click: () => this.clear() },
      "Clear",
    );
    const head = make("div", { class: "pane-head" }, make("h2", {}, "Output"), this.#state, clear);
    parent.append(head, this.#lines);
    this.clear();
  }

  // Of an example that has not run yet it tells what it shows.
  introduce(about: string, advice: string): void {
    this.clear();
    if (!about) return;
    this.#lines.replaceChildren(emptyState(about, advice));
  }

  // "up", "wait" or "down" colours the dot, as everywhere.
  showState(text: string, dot: "up" | "wait" | "down" | "" = ""): void {
    if (text) this.#state.replaceChildren(make("i", { class: `dot ${dot}` }), text);
    else this.#state.replaceChildren();
  }

  clear(): void {
    this.#waiting = [];
    this.#lines.replaceChildren(emptyState("Nothing printed yet", ""));
  }

  put(lines: Line[], leftOut = 0): void {
    for (const line of lines) this.#waiting.push(line);
    if (leftOut > 0) {
      const text = `${leftOut.toLocaleString("en")} lines left out: it prints too fast.`;
      this.#waiting.push({ kind: "note", text });
    }
    if (this.#waiting.length > linesMax) this.#waiting = this.#waiting.slice(-linesMax);
    this.#drawSoon();
  }

  #draw(): void {
    if (this.#waiting.length === 0) return;
    const box = this.#lines;
    box.querySelector(".empty")?.remove();
    box.append(...this.#waiting.map((line) => this.#elementOf(line)));
    this.#waiting = [];
    while (box.childElementCount > linesMax) box.firstElementChild?.remove();
    this.#tail.show();
  }

  #elementOf({ kind, text, at }: Line): HTMLElement {
    const element = make("div", { class: `line ${kind}` }, text);
    if (!at) return element;
    const place = make(
      "button",
      { click: () => this.#goTo(at), title: "Show it in the code" },
      icon("code"),
      `line ${at.line}`,
    );
    element.append(place);
    return element;
  }
}
