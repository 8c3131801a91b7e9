// Subjects: those that messages were seen on, the busiest first.

import { emptyState, make } from "../dom";
import { bytes, clock, count, short } from "../numbers";
import type { SubjectRow } from "../observe/protocol";
import { Table } from "./table";

export class Subjects {
  readonly element: HTMLElement;
  readonly #table = new Table(
    "Subjects",
    [
      { title: "Subject", class: "grows mono" },
      { title: "Messages/s", class: "number" },
      { title: "Messages", class: "number" },
      { title: "Bytes", class: "number" },
      { title: "Last", class: "number" },
    ],
    "subjects",
  );
  readonly #empty = emptyState("No subjects yet", "A subject appears with its first message.");

  constructor() {
    const wrap = make("div", { class: "table-wrap scroll", tabindex: 0 }, this.#table.element);
    wrap.append(this.#empty);
    this.element = make("div", { class: "tab-panel" }, wrap);
    this.show([]);
  }

  show(rows: SubjectRow[]): void {
    this.#empty.hidden = rows.length > 0;
    this.#table.element.hidden = rows.length === 0;
    this.#table.show(
      rows.map((row) => ({
        key: row.subject,
        cells: [
          row.subject,
          row.rate < 0.05 ? "0" : short(row.rate),
          count(row.messages),
          bytes(row.bytes),
          clock(row.at).slice(0, 8),
        ],
        class: row.rate < 0.05 ? "quiet" : "",
        hint: row.subject,
      })),
    );
  }
}
