// The panes, which a narrow page shows one at a time, and the keys that go to them.

import { byId, make } from "./dom";
import { icon } from "./icons";

const panes = [
  { id: "examples", title: "Examples", icon: "list" },
  { id: "code", title: "Code", icon: "code" },
  { id: "output", title: "Output", icon: "output" },
  { id: "live", title: "Live", icon: "live" },
] as const;

export type PaneId = (typeof panes)[number]["id"];

const buttons = new Map<PaneId, HTMLButtonElement>();

export function setUpPanes(): void {
  for (const pane of panes) {
    const button = make(
      "button",
      { "data-testid": `pane-${pane.id}`, click: () => showPane(pane.id) },
      icon(pane.icon),
      pane.title,
    );
    buttons.set(pane.id, button);
    byId("pane-tabs").append(button);
  }
  showPane("code");
  addEventListener("keydown", (event) => {
    const pane = panes[Number(event.code.replace("Digit", "")) - 1];
    if (!event.altKey || event.ctrlKey || event.metaKey || !pane) return;
    event.preventDefault();
    showPane(pane.id);
    focusPane(pane.id);
  });
}

// In a wide page all are shown anyway.
export function showPane(id: PaneId): void {
  for (const pane of panes) {
    byId(pane.id).toggleAttribute("data-shown", pane.id === id);
    buttons.get(pane.id)?.setAttribute("aria-pressed", String(pane.id === id));
  }
}

function focusPane(id: PaneId): void {
  const targets: Record<PaneId, string> = {
    examples: "a[aria-current]",
    code: ".cm-content, pre",
    output: ".lines",
    live: '[role="tab"][aria-selected="true"]',
  };
  byId(id).querySelector<HTMLElement>(targets[id])?.focus();
}
