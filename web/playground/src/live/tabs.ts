// Tabs: several panels of which one is shown; the arrow keys move between them.

import { make, setText } from "../dom";

export interface Panel {
  id: string;
  title: string;
  element: HTMLElement;
}

export class Tabs {
  readonly bar = make("div", { class: "tabs", role: "tablist" });
  readonly #panels: Panel[];
  readonly #buttons: HTMLButtonElement[];
  readonly #counts: HTMLElement[];
  #shown = "";

  constructor(name: string, panels: Panel[]) {
    this.bar.ariaLabel = name;
    this.#panels = panels;
    this.#counts = panels.map(() => make("span", { class: "count" }));
    this.#buttons = panels.map((panel, index) =>
      make(
        "button",
        {
          class: "tab",
          role: "tab",
          id: `tab-${panel.id}`,
          "aria-controls": `panel-${panel.id}`,
          "data-testid": `tab-${panel.id}`,
          click: () => this.show(panel.id),
          keydown: (event: KeyboardEvent) => this.#move(event, index),
        },
        panel.title,
        this.#counts[index],
      ),
    );
    for (const panel of panels) {
      panel.element.id = `panel-${panel.id}`;
      panel.element.role = "tabpanel";
      panel.element.setAttribute("aria-labelledby", `tab-${panel.id}`);
    }
    this.bar.append(...this.#buttons);
    this.show(panels[0]!.id);
  }

  get shown(): string {
    return this.#shown;
  }

  show(id: string): void {
    this.#shown = id;
    for (const [index, panel] of this.#panels.entries()) {
      const isShown = panel.id === id;
      panel.element.hidden = !isShown;
      this.#buttons[index]!.setAttribute("aria-selected", String(isShown));
      this.#buttons[index]!.tabIndex = isShown ? 0 : -1;
      if (isShown) this.#buttons[index]!.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  // A number beside the title; 0 is not worth one.
  showCount(id: string, count: number): void {
    const index = this.#panels.findIndex((panel) => panel.id === id);
    setText(this.#counts[index]!, count > 999 ? "999+" : count > 0 ? String(count) : "");
  }

  #move(event: KeyboardEvent, from: number): void {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = (from + step + this.#panels.length) % this.#panels.length;
    this.show(this.#panels[to]!.id);
    this.#buttons[to]!.focus();
  }
}
