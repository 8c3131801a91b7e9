// Numbers as people read them.

const whole = new Intl.NumberFormat("en");

export function count(value: number): string {
  return whole.format(Math.round(value));
}

// Short enough for a tile: 950, 12.3 k, 4.56 M.
export function short(value: number): string {
  const isWhole = Math.abs(value - Math.round(value)) < 0.05;
  if (value < 10 && !isWhole) return value.toFixed(1);
  return scaled(value, 1000, ["", "k", "M", "G", "T"]).join(" ").trim();
}

export function bytes(value: number): string {
  return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]).join(" ");
}

export function scaled(value: number, base: number, units: string[]): [string, string] {
  let unit = 0;
  let left = value;
  while (left >= base && unit < units.length - 1) {
    left /= base;
    unit += 1;
  }
  const digits = unit === 0 || left >= 100 ? 0 : left >= 10 ? 1 : 2;
  return [String(Number(left.toFixed(digits))), units[unit] ?? ""];
}

export function clock(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${time}.${Math.floor(date.getMilliseconds() / 100)}`;
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}
