// The gaps between code, output and live view can be moved, with the pointer or the arrow keys. A
// narrow page shows one pane at a time and has none.
//
//     | examples | code   | live |        where there is room: | examples | code | output | live |
//     |          | output |      |

import { byId, make } from "./dom";
import { remember, remembered } from "./memory";

const wide = matchMedia("(min-width: 1560px)");
const least = 0.2;
const step = 0.02;

interface Shares {
  // Of code and output together, beside the live view.
  left: number;
  // Of the code, beside the output.
  code: number;
}

type Name = keyof Shares;

const defaults = {
  standard: { left: 0.545, code: 0.6 },
  wide: { left: 0.67, code: 0.6 },
};

const titles: Record<Name, string> = {
  left: "Between code and live view",
  code: "Between code and output",
};

let shares: Shares = { ...defaults.standard };
const handles = new Map<Name, HTMLElement>();

export function setUpSplitters(): void {
  for (const name of ["left", "code"] as const) {
    const handle = make("div", {
      class: `splitter ${name}`,
      role: "separator",
      tabindex: 0,
      title: `${titles[name]}: drag, or use the arrow keys; a double click resets it`,
      "aria-label": titles[name],
      "aria-valuemin": least * 100,
      "aria-valuemax": (1 - least) * 100,
      pointerdown: (event: PointerEvent) => drag(name, event),
      keydown: (event: KeyboardEvent) => nudge(name, event),
      dblclick: () => move(name, defaults[layout()][name]),
    });
    handles.set(name, handle);
    byId("panes").append(handle);
  }
  wide.addEventListener("change", recall);
  recall();
}

function layout(): keyof typeof defaults {
  return wide.matches ? "wide" : "standard";
}

function recall(): void {
  shares = { ...defaults[layout()] };
  const [left, code] = (remembered(`split.${layout()}`) ?? "").split(" ").map(Number);
  if (left && code) shares = { left: bounded(left), code: bounded(code) };
  show();
}

function bounded(share: number): number {
  return Math.min(Math.max(share, least), 1 - least);
}

function move(name: Name, share: number): void {
  shares[name] = bounded(share);
  show();
  remember(`split.${layout()}`, `${shares.left.toFixed(3)} ${shares.code.toFixed(3)}`);
}

function show(): void {
  const { left, code } = shares;
  const { style } = byId("panes");
  const fraction = (name: string, share: number) =>
    style.setProperty(name, `${share.toFixed(4)}fr`);
  fraction("--left", left);
  fraction("--live", 1 - left);
  // In the wide page these are columns beside --live, else rows.
  const whole = wide.matches ? left : 1;
  fraction("--code", whole * code);
  fraction("--output", whole * (1 - code));
  for (const [name, handle] of handles) {
    handle.ariaValueNow = String(Math.round(shares[name] * 100));
    handle.ariaOrientation = name === "code" && !wide.matches ? "horizontal" : "vertical";
  }
}

// Where a point is in the span that the two sides share.
function shareAt(name: Name, event: PointerEvent): number {
  const code = byId("code").getBoundingClientRect();
  const end = byId(name === "left" ? "live" : "output").getBoundingClientRect();
  if (name === "code" && !wide.matches) return (event.clientY - code.top) / (end.bottom - code.top);
  return (event.clientX - code.left) / (end.right - code.left);
}

function drag(name: Name, event: PointerEvent): void {
  const handle = handles.get(name);
  if (!handle || event.button !== 0) return;
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  const follow = (moved: PointerEvent) => move(name, shareAt(name, moved));
  handle.addEventListener("pointermove", follow);
  const end = () => handle.removeEventListener("pointermove", follow);
  handle.addEventListener("lostpointercapture", end, { once: true });
}

function nudge(name: Name, event: KeyboardEvent): void {
  const directions: Record<string, number> = {
    ArrowLeft: -1,
    ArrowUp: -1,
    ArrowRight: 1,
    ArrowDown: 1,
  };
  const direction = directions[event.key];
  if (direction === undefined) return;
  event.preventDefault();
  move(name, shares[name] + direction * step);
}
