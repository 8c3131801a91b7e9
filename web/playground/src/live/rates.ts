// Rates: what goes in and out each second, as numbers and as a chart of the last two minutes.

import type uPlot from "uplot";

import { make, setText } from "../dom";
import { bytes, count, scaled, short } from "../numbers";
import { onThemeChange } from "../theme";

export interface Sample {
  at: number; // Unix time in ms
  published: number; // all of them a second
  publishedBytes: number;
  delivered: number | undefined; // where that is known
  deliveredBytes: number | undefined;
}

type Unit = "messages" | "bytes";

const samplesMax = 120;

export class Rates {
  readonly element: HTMLElement;
  readonly #published = make("dd", { "data-testid": "published-rate" });
  readonly #delivered = make("dd", { "data-testid": "delivered-rate" });
  readonly #volume = make("dd", { "data-testid": "byte-rate" });
  readonly #connections = make("dd", { "data-testid": "connection-count" });
  readonly #unit = make(
    "select",
    {
      "aria-label": "What the chart shows",
      "data-testid": "chart-unit",
      change: () => this.#draw(),
    },
    make("option", { value: "messages" }, "messages/s"),
    make("option", { value: "bytes" }, "bytes/s"),
  );
  readonly #box = make("div", { id: "chart", role: "img", "aria-label": "Rates over two minutes" });
  #samples: Sample[] = [];
  #chart: uPlot | undefined;

  constructor() {
    const tile = (title: string, value: HTMLElement, tint?: string) =>
      make(
        "div",
        { class: "tile", style: tint && `--tint: ${tint}` },
        make("dt", {}, ...(tint ? [make("i")] : []), title),
        value,
      );
    const tiles = make(
      "dl",
      { class: "tiles" },
      tile("Published", this.#published, "var(--accent)"),
      tile("Delivered", this.#delivered, "var(--second)"),
      tile("Bytes", this.#volume),
      tile("Clients", this.#connections),
    );
    this.element = make("div", { id: "rates" }, tiles, this.#box);
    this.showConnections(undefined);
    this.#showNow();
    void this.#load();
  }

  get unitSelect(): HTMLSelectElement {
    return this.#unit;
  }

  // All that is published, a second, lately.
  get published(): number {
    return this.#samples.at(-1)?.published ?? 0;
  }

  put(sample: Sample): void {
    this.#samples.push(sample);
    if (this.#samples.length > samplesMax) this.#samples.shift();
    this.#showNow();
    this.#draw();
  }

  clear(): void {
    this.#samples = [];
    this.#showNow();
    this.#draw();
  }

  showConnections(connections: number | undefined): void {
    setText(this.#connections, connections === undefined ? "–" : count(connections));
  }

  #showNow(): void {
    const last = this.#samples.at(-1);
    const perSecond = (value: number) => [short(value), make("small", {}, "/s")];
    this.#published.replaceChildren(...perSecond(last?.published ?? 0));
    const delivered =
      last && last.delivered === undefined ? ["–"] : perSecond(last?.delivered ?? 0);
    this.#delivered.replaceChildren(...delivered);
    const volume = (last?.publishedBytes ?? 0) + (last?.deliveredBytes ?? 0);
    const [value, unit] = scaled(volume, 1024, ["B", "KiB", "MiB", "GiB"]);
    this.#volume.replaceChildren(value, make("small", {}, `${unit}/s`));
  }

  async #load(): Promise<void> {
    const [{ default: Chart }] = await Promise.all([
      import("uplot"),
      import("uplot/dist/uPlot.min.css"),
    ]);
    const make = () => {
      this.#chart?.destroy();
      this.#chart = new Chart(
        optionsOf(
          this.#box,
          () => this.#unit.value as Unit,
          () => this.#span(),
        ),
        this.#columns(),
        this.#box,
      );
    };
    make();
    onThemeChange(make);
    new ResizeObserver(() => {
      this.#chart?.setSize({ width: this.#box.clientWidth, height: this.#box.clientHeight });
    }).observe(this.#box);
  }

  #draw(): void {
    if (!document.hidden) this.#chart?.setData(this.#columns());
  }

  // Of the chart, in seconds: in steps.
  #span(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const seconds = first && last ? (last.at - first.at) / 1000 : 0;
    return [30, 60].find((span) => seconds <= span) ?? samplesMax;
  }

  #columns(): uPlot.AlignedData {
    const isBytes = this.#unit.value === "bytes";
    const seconds = this.#samples.map((sample) => sample.at / 1000);
    const published = this.#samples.map((sample) =>
      isBytes ? sample.publishedBytes : sample.published,
    );
    const delivered = this.#samples.map((sample) =>
      isBytes ? sample.deliveredBytes : sample.delivered,
    );
    return [seconds, published, delivered];
  }
}

function optionsOf(box: HTMLElement, unit: () => Unit, span: () => number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--faint"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const label = (value: number) => (unit() === "bytes" ? bytes(value) : short(value));
  return {
    width: box.clientWidth || 400,
    height: box.clientHeight || 92,
    padding: [6, 8, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: {
        time: true,
        // As wide as what was seen, in steps, up to what is kept.
        range: (_, __, last) => [(last ?? 0) - span(), last ?? 0],
      },
      y: { range: (_, __, most) => [0, Math.max(niceAbove(most ?? 0), 4)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 20,
        gap: 2,
        splits: (_, __, begin, end) => [(2 * begin + end) / 3, (begin + 2 * end) / 3],
        values: (chart, splits) => {
          const end = chart.scales.x?.max ?? 0;
          return splits.map((at) => `${Math.round(end - at)} s ago`);
        },
      },
      {
        ...axis,
        size: 46,
        gap: 4,
        space: 22,
        values: (_, splits) => splits.map((value) => (value > 0 ? label(value) : "")),
      },
    ],
    series: [
      {},
      {
        stroke: colour("--accent"),
        width: 2,
        fill: `${colour("--accent")}1f`,
        points: { show: false },
      },
      { stroke: colour("--second"), width: 2, points: { show: false } },
    ],
  };
}

function niceAbove(value: number): number {
  if (value <= 0) return 0;
  const unit = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((step) => step * unit >= value * 1.05) ?? 10) * unit;
}
