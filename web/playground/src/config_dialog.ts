// The dialog of the server in this tab: its configuration, its storage and its part among the tabs.

import { problemsOf, TabBackend, configDefault } from "./backend/tab_backend";
import { make, setText } from "./dom";
import { icon } from "./icons";
import { bytes, count } from "./numbers";
import type { Observer } from "./observe/observer";

export interface ConfigEvents {
  restart(): void;
}

interface StreamNames {
  streams?: string[] | null;
}

const streamsMax = 1000;

export class ConfigDialog {
  readonly #text = make("textarea", {
    class: "config",
    rows: 10,
    spellcheck: "false",
    autocapitalize: "off",
    "aria-label": "NATS configuration",
    "data-testid": "config-text",
  });
  readonly #problems = make("div", {
    class: "problems",
    role: "alert",
    "data-testid": "config-problems",
  });
  readonly #done = make("p", { class: "note", role: "status", "data-testid": "config-done" });
  readonly #warnings = make("ul", { class: "warnings", "data-testid": "config-warnings" });
  readonly #facts = make("dl", { class: "storage", "data-testid": "storage-facts" });
  readonly #persist = make(
    "button",
    { type: "button", "data-testid": "persist", click: () => void this.#askToPersist() },
    "Ask the browser to keep them",
  );
  readonly #restart = make(
    "button",
    {
      type: "button",
      "data-testid": "config-restart",
      title: "Stop the server and start it again: clients reconnect",
      click: () => void this.#restartWith(this.#text.value),
    },
    "Restart the server",
  );
  readonly #resetButton = make(
    "button",
    {
      type: "button",
      class: "danger",
      "data-testid": "reset-store",
      click: () => void this.#reset(),
    },
    "Delete all streams…",
  );
  readonly #dialog: HTMLDialogElement;
  readonly #events: ConfigEvents;
  #backend: TabBackend | undefined;
  #observer: Observer | undefined;

  constructor(events: ConfigEvents) {
    this.#events = events;
    this.#dialog = this.#build();
    document.body.append(this.#dialog);
  }

  // Without a backend: the server has not started, perhaps because of what is edited here.
  open(backend: TabBackend | undefined, observer: Observer | undefined, error?: unknown): void {
    this.#backend = backend;
    this.#observer = observer;
    this.#text.value = TabBackend.config;
    this.#showProblems(error === undefined ? [] : problemsOf(error));
    setText(this.#done, "");
    this.#showWarnings();
    void this.#showFacts();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #build(): HTMLDialogElement {
    const close = make(
      "button",
      {
        type: "button",
        class: "plain icon",
        "aria-label": "Close",
        click: () => this.#dialog.close(),
      },
      icon("close"),
    );
    const original = make(
      "button",
      { type: "button", class: "plain", click: () => (this.#text.value = configDefault) },
      "Default text",
    );
    const apply = make("button", { class: "primary", "data-testid": "config-apply" }, "Apply");
    return make(
      "dialog",
      { "aria-labelledby": "config-title", "data-testid": "config-dialog" },
      make(
        "form",
        { submit: (event: SubmitEvent) => void this.#apply(event) },
        make("header", {}, make("h2", { id: "config-title" }, "The server in this tab"), close),
        this.#text,
        this.#problems,
        this.#warnings,
        this.#done,
        make("footer", {}, original, make("span", { class: "grow" }), this.#restart, apply),
        make("hr"),
        this.#facts,
        make("footer", {}, this.#persist, this.#resetButton),
      ),
    );
  }

  async #apply(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const text = this.#text.value;
    if (!this.#backend) return this.#restartWith(text);
    const found = await this.#problemsWith(text);
    if (found.length > 0) return this.#tellProblems(found);
    setText(this.#done, "Applied: the server goes on with it.");
    this.#showWarnings();
  }

  // A server that runs is not ended for a text that it could not start with.
  async #restartWith(text: string): Promise<void> {
    const found = this.#backend ? await this.#problemsWith(text) : [];
    if (found.some((problem) => !needsRestart(problem))) return this.#tellProblems(found);
    TabBackend.config = text;
    this.#dialog.close();
    this.#events.restart();
  }

  // What speaks against the text; where nothing does, the server has taken it.
  async #problemsWith(text: string): Promise<string[]> {
    setText(this.#done, "");
    this.#showProblems([]);
    try {
      await this.#backend?.reload(text);
      return [];
    } catch (error) {
      return problemsOf(error);
    }
  }

  #tellProblems(problems: string[]): void {
    this.#showProblems(problems.filter((problem) => !needsRestart(problem)));
    const [waiting] = problems.filter(needsRestart);
    if (!waiting) return;
    const what = waiting.replace(reloadRefusal, "");
    setText(this.#done, `Restart the server to change this, it is read only at the start: ${what}`);
  }

  #showProblems(problems: string[]): void {
    this.#problems.replaceChildren(
      ...problems.map((problem) =>
        make(
          "button",
          { type: "button", click: () => this.#goTo(problem) },
          problem.replace(/^config:/, ""),
        ),
      ),
    );
  }

  // The newest of what the server warned of, such as settings that mean nothing in a tab.
  #showWarnings(): void {
    const latest = (this.#backend?.warnings ?? []).slice(-5);
    this.#warnings.replaceChildren(...latest.map((text) => make("li", {}, text)));
  }

  #goTo(problem: string): void {
    const place = placeIn(problem);
    if (!place) return;
    const lines = this.#text.value.split("\n");
    const before = lines.slice(0, place.line - 1).join("\n").length + (place.line > 1 ? 1 : 0);
    const at = before + Math.max(place.column - 1, 0);
    this.#text.focus();
    this.#text.setSelectionRange(at, before + (lines[place.line - 1]?.length ?? 0));
  }

  async #showFacts(): Promise<void> {
    const facts = this.#facts;
    const info = this.#backend?.info;
    const estimate = await navigator.storage?.estimate?.().catch(() => undefined);
    const fact = (name: string, value: string) => [make("dt", {}, name), make("dd", {}, value)];
    const isStored = info?.storage === "opfs";
    const kept = isStored
      ? "in this browser's file system (OPFS): they survive a reload"
      : `in memory: they end with the tab, for ${whyInMemory()}`;
    const usage = estimate?.usage !== undefined && estimate.quota !== undefined;
    const sizes = usage && `${bytes(estimate.usage!)} of ${bytes(estimate.quota!)}`;
    const role = info?.role === "leader" ? "runs the server" : "uses the server of another tab";
    facts.replaceChildren(
      ...(info
        ? [...fact("Streams", kept), ...fact("This tab", role)]
        : fact("Server", "not running")),
      ...(sizes ? fact("Space used", sizes) : []),
      ...(isStored
        ? fact("Kept", info.persisted ? "until you delete them" : "unless the browser needs the space")
        : []),
    );
    this.#resetButton.hidden = info === undefined;
    this.#persist.hidden = !isStored || info.persisted;
    this.#restart.hidden = info?.role === "follower";
  }

  async #askToPersist(): Promise<void> {
    const isKept = await this.#backend?.persist();
    if (!isKept) setText(this.#done, "The browser did not agree. It may after some visits.");
    await this.#showFacts();
  }

  async #reset(): Promise<void> {
    const observer = this.#observer;
    if (!observer || !confirm("Delete all streams, with all their messages?")) return;
    try {
      let deleted = 0;
      for (; deleted < streamsMax;) {
        const { streams } = (await observer.api("$JS.API.STREAM.NAMES")) as StreamNames;
        if (!streams?.length) break;
        for (const name of streams) await observer.api(`$JS.API.STREAM.DELETE.${name}`);
        deleted += streams.length;
      }
      setText(
        this.#done,
        deleted === 1 ? "1 stream deleted." : `${count(deleted)} streams deleted.`,
      );
    } catch (error) {
      this.#showProblems([(error as Error).message]);
    }
    await this.#showFacts();
  }
}

// Not a fault of the text, but a setting that a server which runs keeps.
const reloadRefusal = /^config reload not supported for /;

function needsRestart(problem: string): boolean {
  return reloadRefusal.test(problem);
}

function whyInMemory(): string {
  return isSecureContext
    ? "this browser gives pages no files (OPFS)"
    : "a browser keeps files only for pages that come over https or from localhost";
}

// "3:14: what is wrong", perhaps behind the name of a file, "(config:3:14)" or "on line 3: …", as
// nats-server says it.
function placeIn(problem: string): { line: number; column: number } | undefined {
  const found =
    /(?:^|:)(\d+):(\d+): /.exec(problem) ??
    /\(\w+:(\d+):(\d+)\)$/.exec(problem) ??
    /\bon line (\d+):/.exec(problem);
  return found ? { line: Number(found[1]), column: Number(found[2] ?? 1) } : undefined;
}
