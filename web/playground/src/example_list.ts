// The list of the examples: links, so that each has an address.

import { make } from "./dom";
import { examples, type Example } from "./examples";

export class ExampleList {
  readonly #links = new Map<string, HTMLAnchorElement>();

  constructor(parent: HTMLElement) {
    for (const group of ["Messages", "Streams"] as const) {
      const items = examples
        .filter((example) => example.group === group)
        .map((example) => make("li", {}, this.#linkTo(example)));
      parent.append(make("h3", {}, group), make("ul", {}, ...items));
    }
    parent.classList.add("scroll");
  }

  showOpen(id: string): void {
    for (const [key, link] of this.#links) {
      if (key === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  showRunning(id: string | undefined): void {
    for (const [key, link] of this.#links) link.toggleAttribute("data-running", key === id);
  }

  #linkTo({ id, title, about }: Example): HTMLAnchorElement {
    const attributes = { href: `#${id}`, title: about, "data-testid": `example-${id}` };
    const link = make("a", attributes, title, make("i", { class: "dot up" }));
    this.#links.set(id, link);
    return link;
  }
}
