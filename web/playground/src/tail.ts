// Tail: a list that grows at its end. It scrolls along until the reader scrolls back, and again when
// the reader is back at the end; that it is out of sight for a while, or changes its size, is no
// scrolling back.

const nearMax = 40;

export class Tail {
  readonly #box: HTMLElement;
  readonly #isHeld: () => boolean;
  #isAtEnd = true;
  #height = 0;

  // It stays where it is while it is held.
  constructor(box: HTMLElement, isHeld = () => false) {
    this.#box = box;
    this.#isHeld = isHeld;
    box.addEventListener("scroll", () => this.#scrolled());
    new ResizeObserver(() => this.#resized()).observe(box);
  }

  get follows(): boolean {
    return this.#isAtEnd && !this.#isHeld();
  }

  // To be called when something was added.
  show(): void {
    if (this.follows) this.#box.scrollTop = this.#box.scrollHeight;
  }

  // A box that is about to be resized may be scrolled by the browser first.
  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    if (clientHeight === 0 || clientHeight !== this.#height) return;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < nearMax;
  }

  #resized(): void {
    this.#height = this.#box.clientHeight;
    this.show();
  }
}
