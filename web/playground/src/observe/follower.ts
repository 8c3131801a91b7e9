// Follower: a subscription to everything that a flood cannot drown. It takes so many messages in
// each window of time; when they are there it unsubscribes until the next window begins.

import type { Msg, NatsConnection, Subscription } from "@nats-io/nats-core";

const windowMs = 100;
const messagesMax = 2000; // in each window
const bytesMax = 8 * 1024 * 1024;

export class Follower {
  readonly #connection: NatsConnection;
  readonly #take: (message: Msg) => void;
  readonly #failed: (error: Error) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #subscription: Subscription | undefined;
  #messages = 0;
  #bytes = 0;
  #isSampled = false;

  // `failed` is told if the server does not allow it; the follower has stopped then.
  constructor(
    connection: NatsConnection,
    take: (message: Msg) => void,
    failed: (error: Error) => void,
  ) {
    this.#connection = connection;
    this.#take = take;
    this.#failed = failed;
    this.#timer = setInterval(() => this.#nextWindow(), windowMs);
    this.#subscribe();
  }

  // Whether something was missed since this was last asked.
  takeSampled(): boolean {
    const isSampled = this.#isSampled;
    this.#isSampled = false;
    return isSampled;
  }

  stop(): void {
    clearInterval(this.#timer);
    if (!this.#connection.isClosed()) this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #subscribe(): void {
    this.#subscription = this.#connection.subscribe(">", {
      callback: (error, message) => {
        if (error) {
          this.stop();
          return this.#failed(error);
        }
        this.#messages += 1;
        this.#bytes += message.data.length;
        this.#take(message);
        if (this.#messages < messagesMax && this.#bytes < bytesMax) return;
        this.#subscription?.unsubscribe();
        this.#subscription = undefined;
        this.#isSampled = true;
      },
    });
  }

  #nextWindow(): void {
    this.#messages = 0;
    this.#bytes = 0;
    if (!this.#subscription && !this.#connection.isClosed()) this.#subscribe();
  }
}
