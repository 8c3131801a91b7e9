// App: the page as a whole. It holds the server that is used, the example that is open and the run
// that goes on, and tells the parts of the page about them.

import type { Backend } from "./backend/backend";
import { findDaemon, remoteOf, type RemoteBackend } from "./backend/remote_backend";
import type { TabBackend } from "./backend/tab_backend";
import { CodePane } from "./code/code_pane";
import { OutputPane } from "./code/output_pane";
import { linkTo, readShared, ShareError } from "./code/share";
import type { ConfigDialog } from "./config_dialog";
import { byId, make } from "./dom";
import { ExampleList } from "./example_list";
import { examples, findExample, type Example } from "./examples";
import { icon } from "./icons";
import { LivePane } from "./live/live_pane";
import { showNotice, showPassing } from "./notice";
import { duration } from "./numbers";
import { Observer } from "./observe/observer";
import { setUpPanes, showPane } from "./panes";
import { ExampleRun, type Outcome } from "./run/example_run";
import { ServerBar, type ServerKind } from "./server_bar";
import { helpButton } from "./shortcuts";
import { themeButton } from "./theme";
import { UrlDialog } from "./url_dialog";

export class App {
  readonly #bar = new ServerBar(byId("server-bar"), (kind) => this.#choose(kind));
  readonly #list = new ExampleList(byId("examples"));
  readonly #code = new CodePane(byId("code"), {
    run: () => this.#run(),
    stop: () => this.#stop(),
    edited: () => {},
  });
  readonly #output = new OutputPane(byId("output"), (position) => {
    showPane("code");
    this.#code.goTo(position);
  });
  readonly #live = new LivePane(byId("live"));
  readonly #urlDialog = new UrlDialog((backend) => void this.#use(backend));
  #example: Example = examples[0]!;
  #backend: Backend | undefined;
  #observer: Observer | undefined;
  #daemon: RemoteBackend | undefined;
  #current: ExampleRun | undefined;
  #config: ConfigDialog | undefined;
  readonly #configButton = make(
    "button",
    {
      class: "plain icon",
      title: "The server in this tab",
      "aria-label": "The server in this tab",
      "data-testid": "config",
      click: () => void this.#openConfig(),
    },
    icon("server"),
  );
  // Whether the example starts by itself as soon as there is a server.
  #runsFirst = false;

  async start(): Promise<void> {
    setUpPanes();
    const label = "Copy a link to this code";
    const share = () => void this.#copyLink();
    const copy = make(
      "button",
      { class: "plain icon", title: label, "aria-label": label, "data-testid": "copy-link", click: share },
      icon("link"),
    );
    byId("tools").append(copy, this.#configButton, themeButton(), helpButton());
    addEventListener("hashchange", () => void this.#openAddressed());
    await this.#openAddressed();
    this.#runsFirst = location.hash === "" && this.#code.text === this.#example.source;
    await this.#chooseFirst();
  }

  // The server ----------------------------------------------------------------------------------

  async #chooseFirst(): Promise<void> {
    const finding = findDaemon().then((daemon) => {
      this.#daemon = daemon;
      if (daemon) this.#bar.offerDaemon();
    });
    const query = new URLSearchParams(location.search);
    const wanted = query.get("server") ?? "tab";
    if (wanted === "daemon") await finding;
    if (wanted === "tab" || wanted === "daemon") return this.#choose(wanted);
    try {
      await this.#use(remoteOf(wanted, query.get("monitoring") ?? ""));
    } catch (error) {
      this.#bar.showState("down", (error as Error).message);
    }
  }

  #choose(kind: ServerKind): void {
    if (kind === "url") return this.#urlDialog.open();
    if (kind === "tab") return void this.#useTab();
    if (this.#daemon) return void this.#use(this.#daemon);
    this.#bar.showState("down", "no daemon serves this page, or it has no WebSocket");
  }

  // The server in this tab, started anew; with it the streams it has stored.
  async #useTab(): Promise<void> {
    this.#leave();
    this.#bar.showChosen("tab");
    this.#bar.showState("wait", "starting");
    const { TabBackend, startError } = await import("./backend/tab_backend");
    try {
      await this.#backend?.close();
      this.#backend = undefined;
      const tab: TabBackend = await TabBackend.start(
        () => this.#observer && this.#showState(tab, this.#observer, this.#observer.state),
        (why) => this.#bar.showState("down", `the server has ended: ${why}`),
      );
      await this.#use(tab);
    } catch (error) {
      this.#bar.showState("down", startError(error).message);
      if (TabBackend.hasOwnConfig) await this.#openConfig(error);
    }
  }

  async #openConfig(error?: unknown): Promise<void> {
    const [{ ConfigDialog }, { TabBackend }] = await Promise.all([
      import("./config_dialog"),
      import("./backend/tab_backend"),
    ]);
    this.#config ??= new ConfigDialog({ restart: () => void this.#useTab() });
    const tab = this.#backend instanceof TabBackend ? this.#backend : undefined;
    this.#config.open(tab, tab && this.#observer, error);
  }

  #leave(): void {
    this.#stop();
    this.#observer?.close();
    this.#observer = undefined;
  }

  async #use(backend: Backend): Promise<void> {
    this.#leave();
    const last = this.#backend;
    this.#backend = backend;
    this.#configButton.hidden = backend.kind !== "tab";
    this.#bar.showChosen(backend.kind);
    this.#bar.showState("wait", "connecting");
    if (last && last !== backend) await last.close();
    const observer = new Observer(backend.link());
    this.#observer = observer;
    observer.on("state", ({ state, error }) => this.#showState(backend, observer, state, error));
    this.#live.use(backend, observer);
  }

  #showState(backend: Backend, observer: Observer, state: string, error = ""): void {
    if (state === "connecting") return this.#bar.showState("wait", "connecting");
    if (state === "reconnecting") return this.#bar.showState("wait", "reconnecting");
    if (state === "closed") {
      const text = error || "the connection is closed";
      this.#bar.showState("down", text);
      if (backend.kind === "url") this.#urlDialog.open(`${backend.place}: ${text}`);
      return;
    }
    const { name = "", id } = observer.server ?? {};
    this.#bar.showState("up", [name === id ? "" : name, backend.place].filter(Boolean).join(" · "));
    if (this.#runsFirst) this.#run();
  }

  // The example ---------------------------------------------------------------------------------

  // What the address names: an example, one that somebody sent, or the first.
  async #openAddressed(): Promise<void> {
    try {
      const shared = await readShared(location.hash);
      if (shared) return this.#open(findExample(shared.id) ?? ownOf(shared.id), shared.source);
    } catch (error) {
      if (!(error instanceof ShareError)) throw error;
      showNotice(error.message);
    }
    const id = location.hash.slice(1);
    this.#open(findExample(id) ?? examples[0]!);
  }

  #open(example: Example, sent?: string): void {
    this.#runsFirst = false;
    this.#stop();
    this.#example = example;
    this.#code.open(example, sent);
    this.#list.showOpen(example.id);
    this.#output.clear();
    this.#output.showState("");
    showPane("code");
  }

  #run(): void {
    const isFirst = this.#runsFirst;
    this.#runsFirst = false;
    const backend = this.#backend;
    if (!backend) return;
    this.#current?.kill();
    this.#code.trust();
    this.#code.markError(undefined);
    this.#output.clear();
    this.#output.showState("running", "up");
    const begun = performance.now();
    const name = `${this.#example.id}.mjs`;
    const run = new ExampleRun(name, this.#code.text, backend.link(), {
      lines: (lines, leftOut) => {
        const error = lines.find((line) => line.kind === "error" && line.at);
        if (error) this.#code.markError(error.at?.line);
        this.#output.put(lines, leftOut);
      },
      ended: (outcome) => this.#showEnd(run, outcome, performance.now() - begun),
    });
    this.#current = run;
    this.#code.showRunning(true);
    this.#list.showRunning(this.#example.id);
    if (!isFirst) showPane("output");
  }

  #stop(): boolean {
    this.#current?.stop();
    return this.#current !== undefined;
  }

  #showEnd(run: ExampleRun, outcome: Outcome, took: number): void {
    if (run !== this.#current) return;
    this.#current = undefined;
    this.#code.showRunning(false);
    this.#list.showRunning(undefined);
    const words = { done: "finished", failed: "failed", stopped: "stopped" };
    const text = `${words[outcome]} after ${duration(took)}`;
    this.#output.showState(text, outcome === "failed" ? "down" : "");
  }

  async #copyLink(): Promise<void> {
    try {
      const link = await linkTo({ id: this.#example.id, source: this.#code.text });
      await navigator.clipboard.writeText(link);
      showPassing("The link is copied. Whoever opens it sees your code, and runs it with a click.");
    } catch (error) {
      showNotice(error instanceof ShareError ? error.message : "The browser did not let us copy.");
    }
  }
}

// An example that this version of the page does not know.
function ownOf(id: string): Example {
  const name = /^[\w-]{1,40}$/.test(id) ? id : "example";
  return { id: name, title: "From a link", about: "", group: "Messages", source: "" };
}
