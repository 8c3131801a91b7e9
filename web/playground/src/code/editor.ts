// Editor: CodeMirror with what JavaScript needs and no more. Loaded after the first paint.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

import type { Position } from "../run/protocol";
import { isDark, onThemeChange } from "../theme";

export interface EditorEvents {
  changed(text: string): void;
  run(): void;
  // Whether there was something to stop.
  stop(): boolean;
}

function styleOf(isDark: boolean): HighlightStyle {
  const [keyword, text, number, comment, name] = isDark
    ? ["#9db2ff", "#8fd19e", "#e5b567", "#7f8a9d", "#d8b4f8"]
    : ["#2c49bb", "#1d7a4b", "#97560a", "#5f697c", "#7a3aa8"];
  return HighlightStyle.define([
    { tag: [tags.keyword, tags.modifier, tags.controlKeyword], color: keyword! },
    { tag: [tags.string, tags.special(tags.string), tags.regexp], color: text! },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: number! },
    { tag: [tags.comment], color: comment! },
    { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: name! },
    { tag: tags.invalid, textDecoration: "underline wavy" },
  ]);
}

const setErrorLine = StateEffect.define<number | undefined>();
const errorMark = Decoration.line({ class: "cm-errorLine" });

// The line of the last error, until the text is edited.
const errorLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = transaction.docChanged ? Decoration.none : marks;
    for (const effect of transaction.effects) {
      if (!effect.is(setErrorLine)) continue;
      const { doc } = transaction.state;
      const line = effect.value;
      const isThere = line !== undefined && line >= 1 && line <= doc.lines;
      next = isThere ? Decoration.set([errorMark.range(doc.line(line).from)]) : Decoration.none;
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export class Editor {
  readonly #view: EditorView;
  readonly #colours = new Compartment();
  readonly #extensions;

  constructor(parent: HTMLElement, text: string, events: EditorEvents) {
    const runKeys = keymap.of([
      { key: "Mod-Enter", run: () => (events.run(), true) },
      { key: "Escape", run: () => events.stop() },
    ]);
    this.#extensions = [
      keymap.of(searchKeymap), // before ours: Escape closes the search first
      runKeys,
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
      lineNumbers(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      indentOnInput(),
      indentUnit.of("  "),
      bracketMatching(),
      closeBrackets(),
      highlightActiveLine(),
      EditorView.lineWrapping,
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      javascript(),
      errorLine,
      EditorView.contentAttributes.of({ "aria-label": "The code of the example" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) events.changed(update.state.doc.toString());
      }),
    ];
    this.#view = new EditorView({ parent, state: this.#stateOf(text) });
    onThemeChange(() => {
      const colours = syntaxHighlighting(styleOf(isDark()));
      this.#view.dispatch({ effects: this.#colours.reconfigure(colours) });
    });
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  // Another example: its history begins here.
  show(text: string): void {
    this.#view.setState(this.#stateOf(text));
  }

  markError(line: number | undefined): void {
    this.#view.dispatch({ effects: setErrorLine.of(line) });
  }

  goTo({ line, column }: Position): void {
    const { doc } = this.#view.state;
    const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const anchor = Math.min(found.from + Math.max(column - 1, 0), found.to);
    this.#view.dispatch({ selection: { anchor }, scrollIntoView: true });
    this.#view.focus();
  }

  focus(): void {
    this.#view.focus();
  }

  #stateOf(doc: string): EditorState {
    const colours = this.#colours.of(syntaxHighlighting(styleOf(isDark())));
    return EditorState.create({ doc, extensions: [this.#extensions, colours] });
  }
}
