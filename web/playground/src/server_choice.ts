// ServerChoice: the server the page works with, and how it comes to another one. A choice that was
// overtaken by the next one closes what it had begun.

import type { Backend } from "./backend/backend";
import { findDaemon, remoteOf, type RemoteBackend } from "./backend/remote_backend";
import type { TabBackend } from "./backend/tab_backend";
import type { ConfigDialog } from "./config_dialog";
import { byId, make } from "./dom";
import { icon } from "./icons";
import { showNotice } from "./notice";
import { Observer } from "./observe/observer";
import { ServerBar, type ServerKind } from "./server_bar";
import { UrlDialog } from "./url_dialog";

export interface ServerEvents {
  // Before the page leaves the server it used.
  leaving(): void;
  using(backend: Backend, observer: Observer): void;
  connected(): void;
}

export class ServerChoice {
  readonly configButton = make(
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
  readonly #events: ServerEvents;
  readonly #bar = new ServerBar(byId("server-bar"), (kind) => this.#choose(kind));
  readonly #urlDialog = new UrlDialog((backend) => void this.#switchTo(backend));
  #config: ConfigDialog | undefined;
  #daemon: RemoteBackend | undefined;
  #backend: Backend | undefined;
  #tab: TabBackend | undefined; // the same, if it is that
  #observer: Observer | undefined;
  #choice = 0;

  constructor(events: ServerEvents) {
    this.#events = events;
  }

  get backend(): Backend | undefined {
    return this.#backend;
  }

  // Whether there is none yet, but one is on its way.
  get isComing(): boolean {
    return this.#backend === undefined && this.#bar.state === "wait";
  }

  // What the address asks for: the server in this tab unless it says otherwise.
  async start(): Promise<void> {
    const finding = findDaemon().then((daemon) => {
      this.#daemon = daemon;
      if (daemon) this.#bar.offerDaemon();
    });
    const query = new URLSearchParams(location.search);
    const wanted = query.get("server") ?? "tab";
    if (wanted === "daemon") await finding;
    if (wanted === "tab" || wanted === "daemon") return this.#choose(wanted);
    try {
      await this.#switchTo(remoteOf(wanted, query.get("monitoring") ?? ""));
    } catch (error) {
      this.#bar.showState("down", messageOf(error));
    }
  }

  #choose(kind: ServerKind): void {
    if (kind === "url") return this.#urlDialog.open();
    // A click on what is chosen ends nothing; it may bring back a server that is down.
    if (kind === this.#backend?.kind && this.#bar.state !== "down") return;
    if (kind === "tab") return void this.#startTab();
    if (this.#daemon) return void this.#switchTo(this.#daemon);
    this.#bar.showState("down", "no daemon serves this page, or it has no WebSocket");
  }

  // The server in this tab, started anew, with the streams it has stored.
  async #startTab(): Promise<void> {
    const choice = await this.#leave("tab", "starting");
    try {
      const { TabBackend } = await import("./backend/tab_backend");
      const tab = await TabBackend.start({
        changed: () => this.#showConnected(),
        ended: (why) => this.#showEnded(why),
      });
      if (choice !== this.#choice) return void tab.close();
      this.#tab = tab;
      this.#use(tab);
    } catch (error) {
      if (choice === this.#choice) await this.#showNotStarted(error);
    }
  }

  // Clients stay, those of the example too, and connect to the new server.
  async #restartTab(): Promise<void> {
    const tab = this.#tab;
    if (!tab) return this.#startTab();
    this.#bar.showState("wait", "restarting");
    try {
      await tab.restart();
    } catch (error) {
      await this.#leave("tab", "starting");
      await this.#showNotStarted(error);
    }
  }

  async #showNotStarted(error: unknown): Promise<void> {
    this.#bar.showState("down", `the server in this tab did not start: ${messageOf(error)}`);
    const { TabBackend } = await import("./backend/tab_backend");
    if (TabBackend.hasOwnConfig) await this.#openConfig(error);
  }

  async #switchTo(backend: RemoteBackend): Promise<void> {
    const choice = await this.#leave(backend.kind, "connecting");
    if (choice === this.#choice) this.#use(backend);
  }

  async #leave(next: ServerKind, doing: string): Promise<number> {
    const choice = ++this.#choice;
    this.#events.leaving();
    this.#observer?.close();
    this.#observer = undefined;
    const last = this.#backend;
    this.#backend = undefined;
    this.#tab = undefined;
    this.configButton.hidden = next !== "tab";
    this.#bar.showChosen(next);
    this.#bar.showState("wait", doing);
    await last?.close();
    return choice;
  }

  #use(backend: Backend): void {
    const observer = new Observer(backend.link());
    this.#backend = backend;
    this.#observer = observer;
    observer.on("state", ({ state, error }) => {
      if (state === "connected") {
        this.#showConnected();
        return this.#events.connected();
      }
      if (state !== "closed") return this.#bar.showState("wait", state);
      const why = error ?? "the connection is closed";
      this.#bar.showState("down", why);
      this.#askAgain(backend, why);
    });
    this.#events.using(backend, observer);
  }

  // A server elsewhere may want another address, or a name and a password in it.
  #askAgain(backend: Backend, why: string): void {
    const complaint = `${backend.place}: ${why}`;
    if (backend.kind === "url") this.#urlDialog.open(complaint);
    if (backend.kind !== "daemon") return;
    const monitoring = new URL("../", location.href).href;
    this.#urlDialog.open(complaint, { url: backend.address, monitoring });
  }

  #showConnected(): void {
    if (this.#observer?.state !== "connected") return;
    const { name = "", id } = this.#observer.server ?? {};
    const place = this.#backend?.place ?? "";
    // A server without a name of its own is called by its id, which says nothing.
    const isNamed = name !== "" && name !== id && this.#backend !== this.#tab;
    this.#bar.showState("up", isNamed ? `${name} · ${place}` : place);
  }

  #showEnded(why: string): void {
    this.#bar.showState("down", `the server has ended: ${why}`);
    const restart = { title: "Start it again", run: () => void this.#restartTab() };
    showNotice("The server in this tab has ended.", restart);
  }

  async #openConfig(error?: unknown): Promise<void> {
    const { ConfigDialog } = await import("./config_dialog");
    this.#config ??= new ConfigDialog({ restart: () => void this.#restartTab() });
    this.#config.open(this.#tab, this.#observer, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
