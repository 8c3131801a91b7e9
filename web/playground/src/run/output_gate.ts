// OutputGate: collects what an example prints and posts it in batches, at most so much a second. A
// loop that never ends prints without end; the page shall not drown in it, and is told how much it
// was spared.

import type { Line } from "./protocol";

const linesMax = 2000; // in each second
const charactersMax = 1_000_000;
const batchMax = 200; // a loop that never yields is posted all the same

export class OutputGate {
  readonly #post: (lines: Line[], leftOut: number) => void;
  #lines: Line[] = [];
  #leftOut = 0;
  #second = 0;
  #linesLeft = linesMax;
  #charactersLeft = charactersMax;
  #isArmed = false;

  constructor(post: (lines: Line[], leftOut: number) => void) {
    this.#post = post;
  }

  put(line: Line): void {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#linesLeft = linesMax;
      this.#charactersLeft = charactersMax;
    }
    // Errors are few, and what the user looks for.
    if (line.kind !== "error" && (this.#linesLeft <= 0 || this.#charactersLeft <= 0)) {
      this.#leftOut += 1;
      return this.#arm();
    }
    this.#linesLeft -= 1;
    this.#charactersLeft -= line.text.length;
    this.#lines.push(line);
    if (this.#lines.length >= batchMax) return this.flush();
    this.#arm();
  }

  flush(): void {
    if (this.#lines.length === 0 && this.#leftOut === 0) return;
    this.#post(this.#lines, this.#leftOut);
    this.#lines = [];
    this.#leftOut = 0;
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      this.#isArmed = false;
      this.flush();
    };
    channel.port2.postMessage(undefined);
  }
}
