// The icons, drawn with strokes in the colour of the text around them.

const paths = {
  run: "M6 4.2v11.6l9.6-5.8z",
  stop: "M5.5 5.5h9v9h-9z",
  link: "M8.3 11.7a3 3 0 0 0 4.3 0l2.9-2.9a3 3 0 0 0-4.3-4.3l-1 1M11.7 8.3a3 3 0 0 0-4.3 0l-2.9 2.9a3 3 0 0 0 4.3 4.3l1-1",
  reset: "M4.5 10a5.5 5.5 0 1 0 1.7-4M4.2 3.6v3h3",
  sun: "M10 6.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8M10 2.2v1.6M10 16.2v1.6M2.2 10h1.6M16.2 10h1.6M4.5 4.5l1.1 1.1M14.4 14.4l1.1 1.1M4.5 15.5l1.1-1.1M14.4 5.6l1.1-1.1",
  moon: "M16.2 11.8A6.6 6.6 0 0 1 8.2 3.8a6.6 6.6 0 1 0 8 8z",
  help: "M7.6 7.7a2.5 2.5 0 1 1 3.7 2.2c-.8.4-1.3.9-1.3 1.9M10 14.6v.2M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15",
  server: "M4 3.5h12v5H4zM4 11.5h12v5H4zM6.8 6h.1M6.8 14h.1",
  list: "M3.8 5.5h.1M3.8 10h.1M3.8 14.5h.1M7 5.5h9M7 10h9M7 14.5h9",
  code: "M7 6l-4 4 4 4M13 6l4 4-4 4",
  output: "M3 4.5h14v11H3zM6 8l2.2 2L6 12M10.5 12.2H14",
  live: "M2.5 10.5h3l2-5.5 4 10.5 2.3-5h3.7",
  pause: "M7 4.5v11M13 4.5v11",
  clear: "M5 5l10 10M15 5L5 15",
  out: "M8 5H5v10h10v-3M11 4h5v5M16 4l-7 7",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
} as const;

const filled = new Set<string>(["run", "stop"]);
const space = "http://www.w3.org/2000/svg";

export function icon(name: keyof typeof paths): SVGSVGElement {
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = svg.appendChild(document.createElementNS(space, "path"));
  path.setAttribute("d", paths[name]);
  path.setAttribute("fill", filled.has(name) ? "currentColor" : "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", filled.has(name) ? "1.2" : "1.7");
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  return svg;
}
