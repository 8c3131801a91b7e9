// HandPane: publish, request and subscribe by hand.

import { emptyState, make, setText } from "../dom";
import { icon } from "../icons";
import { bodyOf, entryView } from "../live/entry_view";
import { count, duration } from "../numbers";
import type { Observer } from "../observe/observer";
import type { Entry, Sending } from "../observe/protocol";

const requestMsMax = 5000;
const subscriptionsMax = 20;
const entriesMax = 100; // kept of each subscription

export class HandPane {
  readonly element: HTMLElement;
  readonly #subject = subjectInput("publish-subject", {
    value: "weather.quito",
    // Wildcards are for who subscribes.
    pattern: "(?!.*(^|\\.)[*>](\\.|$))[^\\s.]+(\\.[^\\s.]+)*",
    title: "Tokens between dots, without blanks and without the wildcards * and >",
  });
  readonly #payload = make("textarea", {
    rows: 3,
    spellcheck: "false",
    "data-testid": "publish-payload",
  });
  readonly #headers = make("textarea", {
    rows: 2,
    spellcheck: "false",
    placeholder: "Name: value, one on each line",
    "aria-label": "Headers",
    "data-testid": "publish-headers",
  });
  readonly #answer = make("div", {
    class: "answer",
    role: "status",
    hidden: true,
    "data-testid": "publish-answer",
  });
  readonly #pattern = subjectInput("subscribe-subject", {
    value: "weather.*",
    pattern: "[^\\s.]+(\\.[^\\s.]+)*",
    title: "Tokens between dots, without blanks; * stands for one token, > at the end for all others",
  });
  readonly #queue = make("input", {
    placeholder: "queue (optional)",
    "aria-label": "Queue group",
    spellcheck: "false",
    autocapitalize: "off",
    "data-testid": "subscribe-queue",
  });
  readonly #complaint = make("p", { class: "error", role: "alert", hidden: true });
  readonly #list = make("div", { class: "hand-list", "data-testid": "subscriptions" });
  readonly #views = new Map<number, SubscriptionView>();
  #observer: Observer | undefined;

  constructor() {
    // Something to begin with, which the first example hears.
    this.#payload.value = '{"celsius": 14}';
    this.element = make(
      "div",
      { class: "hand scroll" },
      this.#publishForm(),
      this.#subscribeForm(),
      this.#list,
    );
  }

  // Subscriptions end with the connection that made them.
  use(observer: Observer): void {
    this.#observer = observer;
    for (const view of this.#views.values()) view.element.remove();
    this.#views.clear();
    observer.on("delivered", ({ id, count, entries }) => this.#views.get(id)?.put(count, entries));
    observer.on("unsubscribed", ({ id, error }) => this.#forget(id, error));
  }

  #publishForm(): HTMLElement {
    const request = make(
      "button",
      { type: "button", "data-testid": "request", click: () => void this.#request() },
      "Request",
    );
    request.title = "Publish and wait for one answer";
    const publish = make("button", { class: "primary", "data-testid": "publish" }, "Publish");
    const headers = make("details", {}, make("summary", {}, "Headers"), this.#headers);
    return make(
      "form",
      { submit: (event: SubmitEvent) => void this.#publish(event) },
      field("Subject", this.#subject),
      field("Payload", this.#payload),
      make(
        "div",
        { class: "row spread" },
        headers,
        make("div", { class: "row" }, request, publish),
      ),
      this.#answer,
    );
  }

  #subscribeForm(): HTMLElement {
    const button = make("button", { "data-testid": "subscribe" }, "Subscribe");
    const inputs = make("div", { class: "row" }, this.#pattern, this.#queue);
    return make(
      "form",
      { submit: (event: SubmitEvent) => this.#subscribe(event) },
      make("div", { class: "pair" }, field("Subscribe to", inputs), button),
      this.#complaint,
    );
  }

  async #publish(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    await this.#send(async (sending, observer) => {
      await observer.publish(sending);
      return make("p", {}, "Published on ", make("code", {}, sending.subject), ".");
    });
  }

  async #request(): Promise<void> {
    if (!this.#subject.reportValidity()) return;
    const begun = performance.now();
    this.#show(make("p", { class: "faint" }, "Waiting for an answer…"));
    await this.#send(async (sending, observer) => {
      const answer = await observer.request(sending, requestMsMax);
      const took = duration(performance.now() - begun);
      return make("div", {}, make("p", {}, `Answered in ${took}.`), bodyOf(answer));
    });
  }

  async #send(send: (sending: Sending, observer: Observer) => Promise<HTMLElement>): Promise<void> {
    try {
      const sending = {
        subject: this.#subject.value.trim(),
        payload: this.#payload.value,
        headers: headersOf(this.#headers.value),
      };
      this.#show(await send(sending, this.#live()));
    } catch (error) {
      this.#show(make("p", {}, (error as Error).message), true);
    }
  }

  #show(content: HTMLElement, isFailure = false): void {
    this.#answer.hidden = false;
    this.#answer.classList.toggle("failed", isFailure);
    this.#answer.replaceChildren(content);
  }

  #subscribe(event: SubmitEvent): void {
    event.preventDefault();
    this.#complain("");
    const subject = this.#pattern.value.trim();
    const queue = this.#queue.value.trim();
    if (this.#views.size >= subscriptionsMax) {
      return this.#complain(`At most ${subscriptionsMax} subscriptions: end one first.`);
    }
    try {
      const observer = this.#live();
      const id = observer.subscribe(subject, queue);
      const view = new SubscriptionView(subject, queue, () => observer.unsubscribe(id));
      this.#views.set(id, view);
      this.#list.prepend(view.element);
    } catch (error) {
      this.#complain((error as Error).message);
    }
  }

  #forget(id: number, error = ""): void {
    const view = this.#views.get(id);
    view?.element.remove();
    this.#views.delete(id);
    if (view && error) this.#complain(`${view.subject}: ${error}`);
  }

  #complain(text: string): void {
    this.#complaint.hidden = text === "";
    setText(this.#complaint, text);
  }

  #live(): Observer {
    if (this.#observer?.state !== "connected") throw new Error("Not connected to a server.");
    return this.#observer;
  }
}

class SubscriptionView {
  readonly element: HTMLElement;
  readonly subject: string;
  readonly #count = make("span", { class: "faint grow" }, "no message yet");
  readonly #entries = make("div", { class: "entries scroll" });

  constructor(subject: string, queue: string, unsubscribe: () => void) {
    this.subject = subject;
    const button = make(
      "button",
      {
        class: "plain icon",
        "aria-label": `Unsubscribe from ${subject}`,
        title: "Unsubscribe",
        "data-testid": "unsubscribe",
        click: unsubscribe,
      },
      icon("close"),
    );
    const name = make("code", {}, subject);
    const tag = queue !== "" && make("span", { class: "tag" }, queue);
    this.#entries.append(emptyState("", "Messages on it appear here."));
    this.element = make(
      "article",
      { class: "subscription", "data-subject": subject },
      make("header", {}, name, tag, this.#count, button),
      this.#entries,
    );
  }

  put(total: number, entries: Entry[]): void {
    setText(this.#count, total === 1 ? "1 message" : `${count(total)} messages`);
    this.#entries.querySelector(".empty")?.remove();
    this.#entries.prepend(...entries.map(entryView).reverse());
    while (this.#entries.childElementCount > entriesMax) this.#entries.lastElementChild?.remove();
  }
}

interface SubjectOptions {
  value: string; // to begin with
  pattern: string;
  title: string;
}

function subjectInput(testId: string, options: SubjectOptions): HTMLInputElement {
  return make("input", {
    class: "mono",
    required: true,
    maxlength: 1000,
    "aria-label": "Subject",
    autocapitalize: "off",
    autocomplete: "off",
    spellcheck: "false",
    ...options,
    "data-testid": testId,
  });
}

function field(title: string, control: HTMLElement): HTMLElement {
  return make("label", { class: "field" }, make("span", {}, title), control);
}

function headersOf(typed: string): [string, string][] {
  const lines = typed.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`A header is "Name: value", not "${line}".`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}
