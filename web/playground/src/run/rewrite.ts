// Parses an example and gives its imports the URLs of the page's modules. Lines stay lines, so that
// an error names the place in the text the user sees.

import { parse, type Node } from "acorn";

import type { Position } from "./protocol";

// The example cannot run: what is wrong, and where.
export class SourceError extends Error {
  constructor(
    message: string,
    readonly at: Position,
  ) {
    super(message);
  }
}

export interface ImportOf {
  name: string;
  at: Position;
  start: number;
  end: number;
}

export function importsOf(source: string): ImportOf[] {
  const found: ImportOf[] = [];
  walk(parseModule(source), (node) => {
    const isImport = /^(Import|ExportNamed|ExportAll)(Declaration|Expression)$/.test(node.type);
    const specifier = isImport ? (node as ImportNode).source : undefined;
    if (specifier?.type !== "Literal" || typeof specifier.value !== "string") return;
    const { line, column } = specifier.loc.start;
    const at = { line, column: column + 1 };
    found.push({ name: specifier.value, at, start: specifier.start, end: specifier.end });
  });
  return found;
}

// The source with the URL of each import in place of its name.
export function rewritten(source: string, imports: ImportOf[], url: (name: string) => string) {
  let text = source;
  for (const { name, start, end } of [...imports].sort((left, right) => right.start - left.start)) {
    text = text.slice(0, start) + JSON.stringify(url(name)) + text.slice(end);
  }
  return text;
}

interface ImportNode extends Node {
  source?: Node & { value?: unknown; loc: { start: { line: number; column: number } } };
}

function parseModule(source: string): Node {
  try {
    return parse(source, {
      ecmaVersion: "latest",
      sourceType: "module",
      locations: true,
      allowHashBang: true,
    });
  } catch (error) {
    if (!(error instanceof SyntaxError) || !("loc" in error)) throw error;
    const { line, column } = error.loc as { line: number; column: number };
    throw new SourceError(error.message.replace(/ \(\d+:\d+\)$/, ""), { line, column: column + 1 });
  }
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const part of Object.values(node) as unknown[]) {
    for (const child of Array.isArray(part) ? part : [part]) {
      if (isNode(child)) walk(child, visit);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}
