// One message in a list: a line that opens to headers and payload.

import { make } from "../dom";
import { bytes, clock } from "../numbers";
import type { Entry } from "../observe/protocol";
import { hexOf, jsonOf, textOfBeginning, type Form } from "./payload";

const previewMax = 160;

export function entryView(entry: Entry): HTMLElement {
  const isCut = entry.payload.length < entry.size;
  const text = textOfBeginning(entry.payload, isCut);
  const preview =
    text?.slice(0, previewMax) ?? `${hexOf(entry.payload.subarray(0, 8)).slice(6, 29)}`;
  const line = make(
    "button",
    { "aria-expanded": "false", title: entry.subject },
    make("time", {}, clock(entry.at)),
    make("span", { class: "subject" }, entry.subject),
    make("span", { class: "preview" }, preview.replace(/\s+/g, " ")),
    make("span", { class: "size" }, bytes(entry.size)),
  );
  const element = make("div", { class: "entry", "data-testid": "message" }, line);
  line.addEventListener("click", () => {
    const isOpen = line.getAttribute("aria-expanded") === "true";
    line.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) element.lastElementChild?.remove();
    else element.append(bodyOf(entry, text, isCut));
  });
  return element;
}

export function bodyOf(entry: Entry, text = textOfBeginning(entry.payload, false), isCut = false) {
  const facts = make("dl", { class: "facts" });
  const fact = (name: string, value: string) =>
    facts.append(make("dt", {}, name), make("dd", {}, value));
  fact("subject", entry.subject);
  if (entry.reply) fact("reply to", entry.reply);
  for (const [name, value] of entry.headers) fact(name, value);
  const json = isCut ? undefined : jsonOf(text);
  const shown = make("pre", { tabindex: 0 });
  const forms: Form[] = [
    ...(json ? ["json" as const] : []),
    ...(text ? ["text" as const] : []),
    "hex",
  ];
  const buttons = forms.map((form) =>
    make("button", { "aria-pressed": "false", click: () => show(form) }, form),
  );
  const show = (form: Form) => {
    shown.textContent = { json, text, hex: hexOf(entry.payload) }[form] ?? "";
    shown.className = form;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.textContent === form));
    }
  };
  show(forms[0] ?? "hex");
  const cut =
    isCut &&
    make(
      "p",
      { class: "faint" },
      `The first ${bytes(entry.payload.length)} of ${bytes(entry.size)}.`,
    );
  const payload = entry.size > 0 ? [make("div", { class: "forms" }, ...buttons), shown, cut] : [];
  return make("div", { class: "body" }, facts, ...payload);
}
