// The text of a value as the output shows it, much as Node's console does. Every length and depth
// is bounded: an example may log anything.

const depthMax = 4;
const itemsMax = 100;
const textMax = 10_000;

export function format(values: unknown[]): string {
  let text: string;
  try {
    text = formatAll(values);
  } catch (error) {
    // A getter of the example's own, or a proxy: whoever only prints is not to blame.
    text = `[what cannot be shown: ${error instanceof Error ? error.message : typeof error}]`;
  }
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}

function formatAll(values: unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first === "string" && first.includes("%")) return substituted(first, rest);
  return values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" ");
}

// The directives of console.log: %s, %d, %i, %f, %o, %O, %j and %%.
function substituted(template: string, values: unknown[]): string {
  const left = [...values];
  const text = template.replace(/%[sdifoOj%]/g, (directive) => {
    if (directive === "%%") return "%";
    if (left.length === 0) return directive;
    const value = left.shift();
    if (directive === "%s") return typeof value === "string" ? value : inspect(value);
    if (directive === "%i") return String(Math.trunc(Number(value)));
    if (directive === "%d" || directive === "%f") return String(Number(value));
    return inspect(value);
  });
  const rest = left.map((value) => (typeof value === "string" ? value : inspect(value)));
  return [text, ...rest].join(" ");
}

export function inspect(value: unknown, depth = 0, above: object[] = []): string {
  if (typeof value === "string") return depth === 0 ? value : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return value.toString();
  if (typeof value === "function") return `[function ${value.name || "without a name"}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (above.includes(value)) return "[circular]";
  if (value instanceof Error) return depth === 0 ? (value.stack ?? String(value)) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (depth >= depthMax) return Array.isArray(value) ? "[…]" : "{…}";
  return inspectParts(value, depth + 1, [...above, value]);
}

function inspectParts(value: object, depth: number, above: object[]): string {
  const show = (part: unknown) => inspect(part, depth, above);
  if (Array.isArray(value)) return enclosed("", "[", taken(value).map(show), "]", value.length);
  if (ArrayBuffer.isView(value) && "length" in value) {
    const items = taken(value as unknown as Iterable<unknown>).map(show);
    return enclosed(`${value.constructor.name} `, "[", items, "]", Number(value.length));
  }
  if (value instanceof Map) {
    const items = taken(value).map(([key, held]) => `${show(key)} => ${show(held)}`);
    return enclosed("Map ", "{", items, "}", value.size);
  }
  if (value instanceof Set) return enclosed("Set ", "{", taken(value).map(show), "}", value.size);
  const names = Object.keys(value);
  const items = names.slice(0, itemsMax).map((name) => {
    const shown = /^[\w$]+$/.test(name) ? name : JSON.stringify(name);
    return `${shown}: ${show((value as Record<string, unknown>)[name])}`;
  });
  // The classes of the bundled modules have lost their names to a letter or two.
  const type = String(Object.getPrototypeOf(value)?.constructor?.name ?? "");
  const isNamed = /^[A-Z]\w{2}/.test(type) && type !== "Object";
  return enclosed(isNamed ? `${type} ` : "", "{", items, "}", names.length);
}

function taken<T>(values: Iterable<T>): T[] {
  const items: T[] = [];
  for (const item of values) {
    if (items.length === itemsMax) break;
    items.push(item);
  }
  return items;
}

function enclosed(type: string, open: string, items: string[], close: string, count: number) {
  if (count > items.length) items.push(`… ${count - items.length} more`);
  if (items.length === 0) return `${type}${open}${close}`;
  const line = items.join(", ");
  const isShort = line.length < 76 && !line.includes("\n");
  if (isShort) return `${type}${open}${open === "{" ? ` ${line} ` : line}${close}`;
  return `${type}${open}\n${items.join(",\n").replace(/^/gm, "  ")}\n${close}`;
}
