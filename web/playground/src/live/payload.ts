// A payload as text, as JSON and as bytes.

export type Form = "text" | "json" | "hex";

const strict = new TextDecoder("utf-8", { fatal: true });

// What holds control characters is bytes, even where it could be read as UTF-8.
const controls = /[\0-\x08\x0e-\x1f\x7f]/;

export function textOf(payload: Uint8Array): string | undefined {
  try {
    const text = strict.decode(payload);
    return controls.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

// What a cut in the middle of a character leaves of it does not make the rest bytes.
export function textOfBeginning(payload: Uint8Array, isCut: boolean): string | undefined {
  for (let cut = 0; cut <= (isCut ? 3 : 0); ++cut) {
    const text = textOf(payload.subarray(0, payload.length - cut));
    if (text !== undefined) return text;
  }
  return undefined;
}

export function jsonOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^\s*[[{"\-\dtfn]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

// As many bytes as a narrow pane shows, as numbers and as characters.
const rowSize = 8;

export function hexOf(payload: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < payload.length; at += rowSize) {
    const row = [...payload.subarray(at, at + rowSize)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "."));
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(3 * rowSize - 1)}  ${text.join("")}`);
  }
  return lines.join("\n");
}
