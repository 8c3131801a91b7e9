// Streams, each with its consumers.

import { emptyState, make, setText } from "../dom";
import { bytes, count } from "../numbers";
import type { StreamFacts } from "./facts";
import { Table } from "./table";

export class Streams {
  readonly element: HTMLElement;
  readonly #list = make("div", { class: "streams scroll", tabindex: 0, "data-testid": "streams" });
  readonly #empty = emptyState(
    "No streams",
    "A stream keeps messages. Run one of the examples under Streams; most tidy up when they end.",
  );
  readonly #views = new Map<string, StreamView>();

  constructor() {
    this.#list.append(this.#empty);
    this.element = make("div", { class: "tab-panel" }, this.#list);
  }

  show(streams: StreamFacts[]): void {
    this.#empty.hidden = streams.length > 0;
    const names = new Set(streams.map((stream) => stream.name));
    for (const [name, view] of this.#views) {
      if (names.has(name)) continue;
      view.element.remove();
      this.#views.delete(name);
    }
    for (const stream of streams) {
      let view = this.#views.get(stream.name);
      if (!view) {
        view = new StreamView(stream.name);
        this.#views.set(stream.name, view);
      }
      view.show(stream);
    }
    const sorted = streams.map((stream) => this.#views.get(stream.name)!.element);
    const isInOrder = sorted.every((element, index) => this.#list.children[index + 1] === element);
    if (!isInOrder) this.#list.append(...sorted);
  }
}

const figures = ["messages", "bytes", "first", "last"] as const;

class StreamView {
  readonly element: HTMLElement;
  readonly #subjects = make("span", { class: "mono faint" });
  readonly #tags = make("span", { class: "faint" });
  readonly #figures = new Map(figures.map((name) => [name, make("dd")]));
  readonly #consumers: Table;
  readonly #wrap: HTMLElement;

  constructor(name: string) {
    this.#consumers = new Table(
      `Consumers of ${name}`,
      [
        { title: "Consumer", class: "grows mono" },
        { title: "Pending", class: "number", hint: "Stored, and not yet delivered" },
        { title: "Ack pending", class: "number", hint: "Delivered, and not yet acknowledged" },
        { title: "Ack floor", class: "number", hint: "Up to here all are acknowledged" },
        {
          title: "Redelivered",
          class: "number",
          hint: "Delivered more than once, not acknowledged",
        },
      ],
      "consumers",
    );
    const terms = figures.map((figure) =>
      make("div", {}, make("dt", {}, figure), this.#figures.get(figure)!),
    );
    this.#wrap = make("div", { class: "list-wrap" }, this.#consumers.element);
    this.element = make(
      "article",
      { class: "stream", "data-stream": name },
      make("header", {}, make("h3", {}, name), this.#subjects, this.#tags),
      make("dl", { class: "figures" }, ...terms),
      this.#wrap,
    );
  }

  show(stream: StreamFacts): void {
    setText(this.#subjects, stream.subjects.join(", "));
    setText(this.#tags, [stream.storage, stream.retention].filter(Boolean).join(" · "));
    const texts = {
      messages: count(stream.messages),
      bytes: bytes(stream.bytes),
      first: count(stream.firstSeq),
      last: count(stream.lastSeq),
    };
    for (const figure of figures) setText(this.#figures.get(figure)!, texts[figure]);
    this.#wrap.hidden = stream.consumers.length === 0;
    this.#consumers.show(
      stream.consumers.map((consumer) => ({
        key: consumer.name,
        cells: [
          consumer.name,
          count(consumer.pending),
          count(consumer.ackPending),
          count(consumer.ackFloor),
          count(consumer.redelivered),
        ],
        hint: [
          `${consumer.isPush ? "push" : "pull"}, delivered up to ${consumer.delivered}`,
          consumer.filter,
        ]
          .filter(Boolean)
          .join("\n"),
      })),
    );
  }
}
