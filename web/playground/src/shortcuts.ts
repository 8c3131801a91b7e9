// The keys of the page, and the dialog that lists them.

import { make } from "./dom";
import { icon } from "./icons";

const modifier = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

const keys: [keys: string[], does: string][] = [
  [[modifier, "Enter"], "Run the example"],
  [["Esc"], "Stop it"],
  [["Esc", "Tab"], "Leave the editor"],
  [[modifier, "F"], "Search in the code"],
  [[modifier, "Z"], "Undo"],
  [["Alt", "1"], "Examples"],
  [["Alt", "2"], "Code"],
  [["Alt", "3"], "Output"],
  [["Alt", "4"], "Live view"],
  [["?"], "This list"],
];

export function helpButton(): HTMLButtonElement {
  const dialog = helpDialog();
  document.body.append(dialog);
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const isTyping = target.matches("input, textarea, select") || target.isContentEditable;
    if (event.key === "?" && !isTyping && !document.querySelector("dialog[open]"))
      dialog.showModal();
  });
  const label = "About, and the keys";
  const show = () => dialog.showModal();
  return make(
    "button",
    { class: "plain icon", title: label, "aria-label": label, "data-testid": "help", click: show },
    icon("help"),
  );
}

function helpDialog(): HTMLDialogElement {
  const rows = keys.map(([names, does]) =>
    make(
      "div",
      {},
      make("dt", {}, ...names.map((name) => make("kbd", {}, name))),
      make("dd", {}, does),
    ),
  );
  const close = make(
    "button",
    { class: "plain icon", "aria-label": "Close", value: "close" },
    icon("close"),
  );
  const about = [
    "This page has a NATS server in it: Myelin, compiled to WebAssembly, in a Worker of this " +
      "tab. NATS carries messages between programs: a program publishes on a subject, and everybody " +
      "who subscribes to it gets the message.",
    "Examples run in Workers of their own, with the unmodified nats.js client. Nothing leaves " +
      "this browser unless you switch to another server.",
  ];
  return make(
    "dialog",
    { "aria-labelledby": "help-title", "data-testid": "help-dialog" },
    make(
      "form",
      { method: "dialog" },
      make("header", {}, make("h2", { id: "help-title" }, "About the playground"), close),
      ...about.map((text) => make("p", {}, text)),
      make("h3", {}, "Keys"),
      make("dl", { class: "keys" }, ...rows),
    ),
  );
}
