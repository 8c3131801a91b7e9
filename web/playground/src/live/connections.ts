// Connections: who is connected, what they subscribe to, and what went in and out.

import { emptyState, make } from "../dom";
import { bytes, count } from "../numbers";
import type { ConnectionFacts } from "./facts";
import { Table } from "./table";

// The page's own connections have names that begin like this.
export const ownPrefix = "playground: ";

export class Connections {
  readonly element: HTMLElement;
  readonly #own = make("input", {
    type: "checkbox",
    "data-testid": "own-connections",
    change: () => this.show(this.#facts),
  });
  readonly #table = new Table(
    "Connections",
    [
      { title: "Name", class: "mono" },
      { title: "Subscribed to", class: "grows mono" },
      { title: "In", class: "number", hint: "Messages it published" },
      { title: "Out", class: "number", hint: "Messages it was sent" },
      { title: "Pending", class: "number", hint: "Bytes that wait to be sent to it" },
    ],
    "connections",
  );
  readonly #empty = emptyState("Nobody is connected", "Run an example: its clients appear here.");
  readonly #unknown = emptyState(
    "This server does not say",
    "Connections come from a server's monitoring: give its address too.",
  );
  #facts: ConnectionFacts[] | undefined = [];

  constructor() {
    const own = make("label", { class: "check" }, this.#own, "this page's own");
    const wrap = make("div", { class: "table-wrap scroll", tabindex: 0 }, this.#table.element);
    wrap.append(this.#empty, this.#unknown);
    this.element = make("div", { class: "tab-panel" }, make("div", { class: "bar" }, own), wrap);
    this.show([]);
  }

  // undefined: there is no monitoring.
  show(facts: ConnectionFacts[] | undefined): void {
    this.#facts = facts;
    const rows = (facts ?? []).filter((row) => this.#own.checked || !isOwn(row));
    this.#unknown.hidden = facts !== undefined;
    this.#empty.hidden = facts === undefined || rows.length > 0;
    this.#table.element.hidden = rows.length === 0;
    this.#table.show(
      rows.map((row) => ({
        key: String(row.id),
        cells: [
          row.name || `#${row.id}`,
          subjectsOf(row),
          count(row.messagesIn),
          count(row.messagesOut),
          bytes(row.pending),
        ],
        class: isOwn(row) ? "quiet" : "",
        hint: [`connection ${row.id}`, row.client, row.from, ...row.subscriptions.slice(0, 20)]
          .filter(Boolean)
          .join("\n"),
      })),
    );
  }
}

export function isOwn(row: ConnectionFacts): boolean {
  return row.name.startsWith(ownPrefix);
}

// Without the inboxes of its requests, which say nothing.
function subjectsOf(row: ConnectionFacts): string {
  const subjects = row.subscriptions.filter((subject) => !subject.startsWith("_INBOX."));
  return subjects.length > 0 ? subjects.join(", ") : "–";
}
