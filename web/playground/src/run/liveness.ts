// Liveness: whether an example still has something to do, as Node judges it. It runs while its
// module is evaluated, while a connection is open and while a timer is set.

export class Liveness {
  readonly #ended: () => void;
  #holds = 0;
  #timers = new Set<number>();
  #isChecking = false;

  constructor(ended: () => void) {
    this.#ended = ended;
    this.#watchTimers();
  }

  // Held until the promise settles.
  holdFor(promise: Promise<unknown>): void {
    this.#holds += 1;
    const release = () => {
      this.#holds -= 1;
      this.#check();
    };
    promise.then(release, release);
  }

  // Asked again a moment later: what has just ended may start something new.
  #check(): void {
    if (this.#isChecking || this.#isHeld()) return;
    this.#isChecking = true;
    plainSetTimeout(() => {
      this.#isChecking = false;
      if (!this.#isHeld()) this.#ended();
    }, 0);
  }

  #isHeld(): boolean {
    return this.#holds > 0 || this.#timers.size > 0;
  }

  #watchTimers(): void {
    const timers = this.#timers;
    const forget = (id: number | undefined) => {
      if (timers.delete(id ?? 0)) this.#check();
    };
    const scope = globalThis as unknown as TimerScope;
    const { setInterval, clearTimeout, clearInterval } = scope;
    scope.setTimeout = (handler, delay, ...values) => {
      const id = plainSetTimeout(() => {
        handler(...values);
        forget(id);
      }, delay);
      timers.add(id);
      return id;
    };
    scope.setInterval = (handler, delay, ...values) => {
      const id = setInterval(handler, delay, ...values);
      timers.add(id);
      return id;
    };
    scope.clearTimeout = (id) => {
      clearTimeout(id);
      forget(id);
    };
    scope.clearInterval = (id) => {
      clearInterval(id);
      forget(id);
    };
  }
}

type Handler = (...values: unknown[]) => void;

interface TimerScope {
  setTimeout(handler: Handler, delay?: number, ...values: unknown[]): number;
  setInterval(handler: Handler, delay?: number, ...values: unknown[]): number;
  clearTimeout(id?: number): void;
  clearInterval(id?: number): void;
}

const plainSetTimeout = (globalThis as unknown as TimerScope).setTimeout.bind(globalThis);
