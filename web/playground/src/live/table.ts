// Table: rows under a head, kept in place as they change. A row is known by its key.

import { make, setText } from "../dom";

export interface Column {
  title: string;
  class?: string;
  hint?: string;
}

export interface Row {
  key: string;
  cells: string[];
  class?: string;
  hint?: string;
}

export class Table {
  readonly element: HTMLTableElement;
  readonly #body = make("tbody");
  readonly #columns: Column[];
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(name: string, columns: Column[], testId: string) {
    this.#columns = columns;
    const heads = columns.map((column) =>
      make("th", { scope: "col", class: column.class, title: column.hint }, column.title),
    );
    const head = make("thead", {}, make("tr", {}, ...heads));
    const attributes = { class: "list", "aria-label": name, "data-testid": testId };
    this.element = make("table", attributes, head, this.#body);
  }

  show(rows: Row[]): void {
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, element] of this.#rows) {
      if (keys.has(key)) continue;
      element.remove();
      this.#rows.delete(key);
    }
    let next = this.#body.firstElementChild;
    for (const row of rows) {
      const element = this.#rows.get(row.key) ?? this.#makeRow(row);
      element.className = row.class ?? "";
      element.title = row.hint ?? "";
      for (const [index, text] of row.cells.entries()) setText(element.cells[index]!, text);
      if (element === next) next = next.nextElementSibling;
      else this.#body.insertBefore(element, next);
    }
  }

  #makeRow(row: Row): HTMLTableRowElement {
    const cells = this.#columns.map((column) => make("td", { class: column.class }));
    const element = make("tr", { "data-key": row.key }, ...cells);
    this.#rows.set(row.key, element);
    return element;
  }
}
