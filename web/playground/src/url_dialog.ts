// The dialog that asks for a server of one's own.

import { BackendError } from "./backend/backend";
import { remoteOf, type RemoteBackend } from "./backend/remote_backend";
import { make, setText } from "./dom";
import { icon } from "./icons";
import { remember, remembered } from "./memory";

export class UrlDialog {
  readonly #url = make("input", {
    class: "mono",
    required: true,
    placeholder: "wss://nats.example.com:8443",
    autocapitalize: "off",
    spellcheck: "false",
    "data-testid": "url-input",
  });
  readonly #monitoring = make("input", {
    class: "mono",
    placeholder: "http://nats.example.com:8222",
    autocapitalize: "off",
    spellcheck: "false",
    "data-testid": "monitoring-input",
  });
  readonly #error = make("p", { class: "error", role: "alert", "data-testid": "url-error" });
  readonly #dialog: HTMLDialogElement;

  constructor(connect: (backend: RemoteBackend) => void) {
    const close = make(
      "button",
      { type: "button", class: "plain icon", "aria-label": "Close", click: () => this.close() },
      icon("close"),
    );
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      try {
        const backend = remoteOf(this.#url.value.trim(), this.#monitoring.value.trim());
        // Never with a password in it.
        if (!this.#url.value.includes("@")) remember("url", this.#url.value.trim());
        remember("monitoring", this.#monitoring.value.trim());
        this.close();
        connect(backend);
      } catch (error) {
        if (!(error instanceof BackendError)) throw error;
        setText(this.#error, error.message);
      }
    };
    this.#dialog = make(
      "dialog",
      { "aria-labelledby": "url-title", "data-testid": "url-dialog" },
      make(
        "form",
        { submit },
        make("header", {}, make("h2", { id: "url-title" }, "Another server"), close),
        labelled("Its WebSocket address", this.#url),
        labelled("Its monitoring address (optional)", this.#monitoring),
        make(
          "p",
          { class: "note" },
          "The server needs a websocket block in its configuration. A user and a password may " +
            "stand in the address, as in wss://ann:secret@host:8443. Monitoring shows clients " +
            "and rates; without it the page shows what a client can see.",
        ),
        this.#error,
        make(
          "footer",
          {},
          make("button", { class: "primary", "data-testid": "url-connect" }, "Connect"),
        ),
      ),
    );
    document.body.append(this.#dialog);
  }

  // With what became of the last attempt, and where that went if not here.
  open(error = "", tried?: { url: string; monitoring: string }): void {
    this.#url.value = tried?.url ?? (this.#url.value || (remembered("url") ?? ""));
    this.#monitoring.value =
      tried?.monitoring ?? (this.#monitoring.value || (remembered("monitoring") ?? ""));
    setText(this.#error, error);
    this.#dialog.showModal();
  }

  close(): void {
    this.#dialog.close();
  }
}

function labelled(title: string, control: HTMLElement): HTMLElement {
  return make("label", { class: "field" }, make("span", {}, title), control);
}
