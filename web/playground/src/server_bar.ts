// ServerBar: which server the page works with, how that goes, and the switch to another one.

import { make } from "./dom";

export type ServerKind = "tab" | "daemon" | "url";

const titles: Record<ServerKind, string> = {
  tab: "In this tab",
  daemon: "This daemon",
  url: "Other…",
};

const hints: Record<ServerKind, string> = {
  tab: "A NATS server that runs in this browser",
  daemon: "The server that this page came from, over WebSocket",
  url: "A NATS server of your own, over WebSocket",
};

export class ServerBar {
  readonly #switch = make("div", {
    class: "switch",
    role: "group",
    "aria-label": "The server",
    "data-testid": "server-switch",
  });
  readonly #state = make("p", {
    id: "server-state",
    role: "status",
    "data-testid": "server-state",
  });
  readonly #buttons: Record<ServerKind, HTMLButtonElement>;

  constructor(parent: HTMLElement, choose: (kind: ServerKind) => void) {
    const button = (kind: ServerKind) =>
      make(
        "button",
        {
          "aria-pressed": "false",
          title: hints[kind],
          "data-testid": `server-${kind}`,
          click: () => choose(kind),
        },
        titles[kind],
      );
    this.#buttons = { tab: button("tab"), daemon: button("daemon"), url: button("url") };
    this.#buttons.daemon.hidden = true;
    this.#switch.append(...Object.values(this.#buttons));
    parent.append(this.#switch, this.#state);
  }

  offerDaemon(): void {
    this.#buttons.daemon.hidden = false;
  }

  showChosen(chosen: ServerKind): void {
    for (const [kind, button] of Object.entries(this.#buttons)) {
      button.setAttribute("aria-pressed", String(kind === chosen));
    }
  }

  get state(): string {
    return this.#state.dataset.state ?? "wait";
  }

  // The whole text is also in the tooltip: on a phone there is little room.
  showState(dot: "up" | "wait" | "down", text: string): void {
    this.#state.dataset.state = dot;
    this.#state.title = text;
    const shown = make("span", {}, text);
    this.#state.replaceChildren(make("i", { class: `dot ${dot}` }), shown);
  }
}
