// CodePane: the example that is open, its editor, and its Run, Stop and Reset.

import { make } from "../dom";
import type { Example } from "../examples";
import { icon } from "../icons";
import { remember, remembered } from "../memory";
import type { Position } from "../run/protocol";
import type { Editor, EditorEvents } from "./editor";

export interface CodeEvents {
  run(): void;
  stop(): boolean;
}

// The keys, as this keyboard calls them.
const modifier = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

export class CodePane {
  readonly #title = make("h2", { "data-testid": "example-title" });
  readonly #run = make(
    "button",
    { class: "primary", "data-testid": "run", click: () => this.#events.run() },
    icon("run"),
    "Run",
  );
  readonly #stop = make(
    "button",
    { "data-testid": "stop", title: "Stop (Escape)", click: () => this.#events.stop() },
    icon("stop"),
    "Stop",
  );
  readonly #reset = make(
    "button",
    {
      class: "plain",
      "data-testid": "reset",
      title: "Back to the text of the example",
      click: () => this.#restore(),
    },
    icon("reset"),
    "Reset",
  );
  readonly #foreign = make(
    "p",
    { class: "foreign", role: "note", "data-testid": "foreign", hidden: true },
    "This code came with a link. Read it before you run it: it can do what this page can.",
  );
  readonly #box = make("div", { id: "editor", "data-testid": "editor" });
  readonly #events: CodeEvents;
  #editor: Editor | undefined;
  #example: Example | undefined;
  #text = "";
  #isForeign = false;

  constructor(parent: HTMLElement, events: CodeEvents) {
    this.#events = events;
    this.#run.title = `Run (${modifier}-Enter)`;
    const actions = make("div", { class: "actions" }, this.#reset, this.#stop, this.#run);
    const title = make("div", { class: "title" }, this.#title);
    parent.append(make("div", { class: "pane-head" }, title, actions), this.#foreign, this.#box);
    this.showRunning(false);
    // The text is there at once, the editor when it is loaded.
    void import("./editor").then(({ Editor }) => {
      this.#box.replaceChildren();
      const editorEvents: EditorEvents = {
        changed: (text) => this.#changed(text),
        run: () => events.run(),
        stop: () => events.stop(),
      };
      this.#editor = new Editor(this.#box, this.#text, editorEvents);
    });
  }

  get text(): string {
    return this.#text;
  }

  get isForeign(): boolean {
    return this.#isForeign;
  }

  // With what was edited last time, or with a text that somebody sent.
  open(example: Example, sent?: string): void {
    this.#example = example;
    this.#isForeign = sent !== undefined && sent !== example.source;
    this.#title.textContent = example.title;
    this.#foreign.hidden = !this.#isForeign;
    this.#show(sent ?? remembered(`edited.${example.id}`) ?? example.source);
  }

  // The user has said Run: from now on it is their own.
  trust(): void {
    this.#isForeign = false;
    this.#foreign.hidden = true;
  }

  showRunning(isRunning: boolean): void {
    this.#stop.disabled = !isRunning;
    this.#run.lastChild!.textContent = isRunning ? "Run again" : "Run";
  }

  markError(line: number | undefined): void {
    this.#editor?.markError(line);
  }

  goTo(position: Position): void {
    this.#editor?.goTo(position);
  }

  #restore(): void {
    if (!this.#example) return;
    remember(`edited.${this.#example.id}`);
    this.trust();
    this.#show(this.#example.source);
    this.#editor?.focus();
  }

  #show(text: string): void {
    this.#text = text;
    if (this.#editor) this.#editor.show(text);
    else this.#box.replaceChildren(make("pre", { tabindex: 0 }, text));
    this.#showEdited();
  }

  #changed(text: string): void {
    this.#text = text;
    this.#showEdited();
    // What somebody sent is not kept until it was run.
    if (!this.#example || this.#isForeign) return;
    const isEdited = text !== this.#example.source;
    remember(`edited.${this.#example.id}`, isEdited ? text : undefined);
  }

  #showEdited(): void {
    this.#reset.hidden = this.#text === this.#example?.source;
  }
}
