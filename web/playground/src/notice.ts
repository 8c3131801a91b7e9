// The line under the bar, for what concerns the whole page and passes.

import { byId, make } from "./dom";
import { icon } from "./icons";

export interface Action {
  title: string;
  run(): void;
}

export function showNotice(text: string, action?: Action): void {
  const box = byId("notice");
  const close = make(
    "button",
    { class: "plain icon", "aria-label": "Dismiss", click: () => (box.hidden = true) },
    icon("close"),
  );
  const act = action && make("button", { click: () => action.run() }, action.title);
  box.replaceChildren(make("span", {}, text), ...(act ? [act] : []), close);
  box.hidden = false;
}

// One that goes by itself.
export function showPassing(text: string): void {
  showNotice(text);
  const shown = byId("notice").firstChild;
  setTimeout(() => {
    if (byId("notice").firstChild === shown) byId("notice").hidden = true;
  }, 4000);
}
