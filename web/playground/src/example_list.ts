// The list of the examples: links, so that each has an address.

import { make } from "./dom";
import { tabAddress } from "./chat/address";
import { examples, type Example } from "./examples";
import { icon } from "./icons";

const about =
  "NATS carries messages between programs: one publishes on a subject, and whoever subscribes to " +
  "it gets the message. Here even the server runs in your browser.";

export class ExampleList {
  readonly #links = new Map<string, HTMLAnchorElement>();
  readonly #chat = make(
    "a",
    {
      target: "_blank",
      title: "A page in which two tabs talk: open it twice",
      "data-testid": "chat",
    },
    "Chat in two tabs",
    icon("out"),
  );

  constructor(parent: HTMLElement) {
    for (const group of ["Messages", "Streams"] as const) {
      const items = examples
        .filter((example) => example.group === group)
        .map((example) => make("li", {}, this.#linkTo(example)));
      parent.append(make("h2", {}, group), make("ul", {}, ...items));
    }
    const chat = make("ul", {}, make("li", {}, this.#chat));
    parent.append(make("h2", {}, "Pages"), chat);
    parent.append(make("p", { class: "about" }, about));
    parent.classList.add("scroll");
    this.useServer(tabAddress);
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

  // Pages of their own talk to the same server.
  useServer(address: string): void {
    this.#chat.href = `chat.html?${new URLSearchParams({ server: address })}`;
  }

  #linkTo({ id, title, about }: Example): HTMLAnchorElement {
    const attributes = { href: `#${id}`, title: about, "data-testid": `example-${id}` };
    const link = make("a", attributes, title, make("i", { class: "dot up" }));
    this.#links.set(id, link);
    return link;
  }
}
