// App: the page as a whole. It holds the example that is open and the run that goes on, and brings
// together the server, the code, the output and the live view.

import { CodePane } from "./code/code_pane";
import { OutputPane } from "./code/output_pane";
import { linkTo, linkToExample, readShared, ShareError } from "./code/share";
import { byId, make } from "./dom";
import { ExampleList } from "./example_list";
import { examples, findExample, type Example } from "./examples";
import { icon } from "./icons";
import { LivePane } from "./live/live_pane";
import { showNotice, showPassing } from "./notice";
import { duration } from "./numbers";
import { setUpPanes, showPane } from "./panes";
import { ExampleRun, type Outcome } from "./run/example_run";
import type { Line } from "./run/protocol";
import { setUpSplitters } from "./splitters";
import { ServerChoice } from "./server_choice";
import { helpButton } from "./shortcuts";
import { themeButton } from "./theme";

export class App {
  readonly #server = new ServerChoice({
    leaving: () => this.#abandon(),
    using: (backend, observer) => {
      this.#live.use(backend, observer);
      this.#list.useServer(backend.address);
    },
    connected: () => this.#runWaiting(),
  });
  readonly #list = new ExampleList(byId("examples"));
  readonly #code = new CodePane(byId("code"), {
    run: () => this.#run(),
    stop: () => this.#stop(),
  });
  readonly #output = new OutputPane(byId("output"), (position) => {
    showPane("code");
    this.#code.goTo(position);
  });
  readonly #live = new LivePane(byId("live"));
  #example: Example = examples[0]!;
  #current: ExampleRun | undefined;
  // Whether the example starts as soon as there is a server: by itself, or since Run was pressed.
  #waits: "no" | "first" | "asked" = "no";

  async start(): Promise<void> {
    setUpPanes();
    setUpSplitters();
    const { configButton } = this.#server;
    byId("tools").append(this.#shareButton(), configButton, themeButton(), helpButton());
    ExampleRun.prepare();
    addEventListener("hashchange", () => void this.#openAddressed());
    addEventListener("keydown", (event) => this.#onKey(event));
    await this.#openAddressed();
    const isFirst = location.hash === "" && this.#code.text === this.#example.source;
    if (isFirst) this.#waits = "first";
    await this.#server.start();
  }

  // What the address names: an example, one that somebody sent, or the first.
  async #openAddressed(): Promise<void> {
    try {
      const shared = await readShared(location.hash);
      if (shared) return this.#open(findExample(shared.id) ?? unknown(shared.id), shared.source);
    } catch (error) {
      if (!(error instanceof ShareError)) throw error;
      showNotice(error.message);
    }
    this.#open(findExample(location.hash.slice(1)) ?? examples[0]!);
  }

  #open(example: Example, sent?: string): void {
    this.#abandon();
    this.#waits = "no";
    this.#example = example;
    this.#code.open(example, sent);
    this.#list.showOpen(example.id);
    this.#output.introduce(example.about, example.advice);
    this.#output.showState("");
    showPane("code");
  }

  // The run ---------------------------------------------------------------------------------------

  #run(): void {
    const { backend } = this.#server;
    if (!backend) return this.#waitForServer();
    const isFirst = this.#waits === "first";
    this.#waits = "no";
    this.#current?.kill();
    this.#code.trust();
    this.#code.markError(undefined);
    this.#output.clear();
    this.#output.showState("running", "up");
    const begun = performance.now();
    const name = `${this.#example.id}.mjs`;
    const run = new ExampleRun(name, this.#code.text, backend.link(), {
      lines: (lines, leftOut) => this.#print(run, lines, leftOut),
      ended: (outcome) => this.#showEnd(run, outcome, performance.now() - begun),
    });
    this.#current = run;
    this.#code.showRunning(true);
    this.#list.showRunning(this.#example.id);
    if (!isFirst) showPane("output");
  }

  #waitForServer(): void {
    if (!this.#server.isComing) {
      return this.#output.showState("there is no server to run it against", "down");
    }
    this.#waits = "asked";
    this.#output.showState("waits for the server", "wait");
  }

  // On a server elsewhere nothing runs that nobody has asked for.
  #runWaiting(): void {
    const isTab = this.#server.backend?.kind === "tab";
    if (this.#waits === "asked" || (this.#waits === "first" && isTab)) this.#run();
  }

  #stop(): boolean {
    this.#current?.stop();
    return this.#current !== undefined;
  }

  // The editor's keys, wherever the focus is; a field has its own use of them.
  #onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const field = (event.target as Element).closest<HTMLInputElement>("input, textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (field?.form) field.form.requestSubmit();
      else this.#run();
    }
    if (event.key === "Escape" && !field) this.#stop();
  }

  // It may still tidy up, but what it prints concerns nobody any more.
  #abandon(): void {
    const run = this.#current;
    if (!run) return;
    run.stop();
    this.#showEnd(run, "stopped", 0);
  }

  #print(run: ExampleRun, lines: Line[], leftOut: number): void {
    if (run !== this.#current) return;
    const error = lines.find((line) => line.kind === "error" && line.at);
    if (error) this.#code.markError(error.at?.line);
    this.#output.put(lines, leftOut);
  }

  #showEnd(run: ExampleRun, outcome: Outcome, took: number): void {
    if (run !== this.#current) return;
    this.#current = undefined;
    ExampleRun.prepare();
    this.#code.showRunning(false);
    this.#list.showRunning(undefined);
    const words = { done: "finished", failed: "failed", stopped: "stopped" };
    const after = took > 0 ? ` after ${duration(took)}` : "";
    this.#output.showState(`${words[outcome]}${after}`, outcome === "failed" ? "down" : "");
  }

  // The link --------------------------------------------------------------------------------------

  #shareButton(): HTMLButtonElement {
    const label = "Copy link to this code";
    const attributes = { title: label, "aria-label": label, "data-testid": "copy-link" };
    const click = () => void this.#copyLink();
    const shown = make("span", {}, "Copy link");
    return make("button", { class: "plain share", ...attributes, click }, icon("link"), shown);
  }

  async #copyLink(): Promise<void> {
    let link = "";
    try {
      const { id, source } = this.#example;
      const isEdited = this.#code.text !== source;
      link = isEdited ? await linkTo({ id, source: this.#code.text }) : linkToExample(id);
      await navigator.clipboard.writeText(link);
      const what = isEdited ? "your code, and runs it with a click" : "this example";
      showPassing(`The link is copied. Whoever opens it sees ${what}.`);
    } catch (error) {
      if (error instanceof ShareError) return showNotice(error.message);
      // No clipboard here: the address bar has one.
      history.replaceState(undefined, "", link);
      showNotice("The browser did not let the page copy: the link is in the address bar.");
    }
  }
}

// An example that this version of the page does not know.
function unknown(id: string): Example {
  const name = /^[\w-]{1,40}$/.test(id) ? id : "example";
  return { id: name, title: "From a link", about: "", advice: "", group: "Messages", source: "" };
}
