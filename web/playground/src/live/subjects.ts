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
      { title: "Bytes", class: "number roomy" },
      { title: "Last", class: "number roomy", hint: "When the latest came" },
    ],
    "subjects",
  );
  readonly #empty = emptyState("No subjects yet", "A subject appears with its first message.");

  readonly #banner = make(
    "p",
    { class: "banner", role: "status", hidden: true },
    "Too many to follow: rates are estimated, counts are of a sample.",
  );

  constructor() {
    const wrap = make("div", { class: "table-wrap scroll", tabindex: 0 }, this.#table.element);
    wrap.append(this.#empty);
    this.element = make("div", { class: "tab-panel" }, this.#banner, wrap);
    this.show([]);
  }

  // `scale` is above one where only a sample was seen: rates are of all, counts of the sample.
  show(rows: SubjectRow[], scale = 1): void {
    const isSample = scale > 1;
    this.#banner.hidden = !isSample;
    this.#empty.hidden = rows.length > 0;
    this.#table.element.hidden = rows.length === 0;
    this.#table.show(
      rows.map((row) => ({
        key: row.subject,
        cells: [
          row.subject,
          row.rate < 0.05 ? "0" : `${isSample ? "≈ " : ""}${short(row.rate * scale)}`,
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
