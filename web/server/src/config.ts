// NATS configuration text from an object: { jetstream: {}, accounts: { A: { users: [...] } } }.
// Strings are quoted, so none is ever taken for a number, a variable or an include.

import { ServerError } from "./errors.js";

export type ConfigValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | ConfigValue[]
  | { [key: string]: ConfigValue };

export interface ConfigObject {
  [key: string]: ConfigValue;
}

// Deeper than any configuration; an object that holds itself would never end.
const depthMax = 32;

export function configText(config: string | ConfigObject): string {
  if (typeof config === "string") return config;
  if (!isMap(config)) throw wrong("config", "a text or an object is wanted");
  return mapText(config, "", 0);
}

function mapText(map: ConfigObject, path: string, depth: number): string {
  const indent = "  ".repeat(depth);
  let text = "";
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    const inner = path ? `${path}.${key}` : key;
    text += `${indent}${quotedKey(key, inner)}: ${valueText(value, inner, depth + 1)}\n`;
  }
  return text;
}

function valueText(value: ConfigValue, path: string, depth: number): string {
  if (depth > depthMax) throw wrong(path, "it is nested too deep");
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return numberText(value, path);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => valueText(item, `${path}[${index}]`, depth + 1));
    return `[${items.join(", ")}]`;
  }
  if (isMap(value)) return `{\n${mapText(value, path, depth)}${"  ".repeat(depth - 1)}}`;
  throw wrong(path, `${value === null ? "null" : typeof value} is no value of a configuration`);
}

function numberText(value: number, path: string): string {
  const text = String(value);
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  throw wrong(path, `${text} cannot be written in a configuration`);
}

function quoted(text: string): string {
  const escapes: Record<string, string> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };
  const inner = text.replace(/[\\"]/g, "\\$&").replace(/[\u0000-\u001f\u007f]/g, (control) => {
    return escapes[control] ?? `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${inner}"`;
}

// Nothing is special in a quoted key, not even a backslash.
function quotedKey(key: string, path: string): string {
  if (/^[A-Za-z_]\w*$/.test(key) && key.toLowerCase() !== "include") return key;
  if (!key.includes('"')) return `"${key}"`;
  if (!key.includes("'")) return `'${key}'`;
  throw wrong(path, "a key cannot have both kinds of quotes");
}

function isMap(value: unknown): value is ConfigObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(path: string, why: string): ServerError {
  const problem = `${path}: ${why}`;
  return new ServerError("config", problem, [problem]);
}
