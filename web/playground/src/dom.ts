// Makes elements. Text is text: nothing here or elsewhere in the page parses HTML.

type Value = string | number | boolean | undefined;
type Handler = (event: never) => void;
export type Attributes = Record<string, Value | Handler>;
export type Child = Node | string | number | undefined | false;

// An attribute that is a function listens to the event of its name; one that is undefined or false
// is left out.
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter(isShown).map(nodeOf));
  return element;
}

function isShown(child: Child): child is Node | string | number {
  return child !== undefined && child !== false;
}

function nodeOf(child: Node | string | number): Node | string {
  return typeof child === "number" ? String(child) : child;
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

// Sets the text only if it is another: what did not change is not laid out again.
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

// A message where there is nothing yet: what is missing, and what to do.
export function emptyState(title: string, advice: string): HTMLElement {
  const parts = [title !== "" && make("b", {}, title), advice !== "" && make("span", {}, advice)];
  return make("div", { class: "empty" }, ...parts);
}

// Calls at most once in each frame, and not while the page is hidden.
export function onceAFrame(draw: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
}
