// A link that carries an example: its id and its text, compressed, in the part of the URL that is
// not sent to any server.

const sourceMax = 64 * 1024; // characters
const packedMax = 48 * 1024; // of the link: what chats and mail programs still take

export interface Shared {
  id: string;
  source: string;
}

export class ShareError extends Error {}

export async function linkTo(shared: Shared): Promise<string> {
  if (shared.source.length > sourceMax) throw new ShareError("The code is too long for a link.");
  const bytes = new TextEncoder().encode(JSON.stringify([shared.id, shared.source]));
  const packed = toBase64Url(await piped(bytes, new CompressionStream("deflate-raw"), Infinity));
  if (packed.length > packedMax) throw new ShareError("The code is too long for a link.");
  return linkWith(`code=${packed}`);
}

// To an example that everybody has.
export function linkToExample(id: string): string {
  return linkWith(id);
}

// What the fragment of the page's URL carries, if it carries an example.
export async function readShared(fragment: string): Promise<Shared | undefined> {
  const packed = /^#code=(.*)$/s.exec(fragment)?.[1];
  if (packed === undefined) return undefined;
  if (packed.length > packedMax) throw new ShareError("The code in this link is too long.");
  try {
    const unpacking = new DecompressionStream("deflate-raw");
    // Four bytes a character at most, and a little for the JSON around them.
    const bytes = await piped(fromBase64Url(packed), unpacking, sourceMax * 6);
    const [id, source]: unknown[] = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof id !== "string" || typeof source !== "string") throw new Error("not an example");
    if (source.length > sourceMax) throw new Error("too long");
    return { id, source };
  } catch {
    throw new ShareError("This link is damaged: the code in it cannot be read.");
  }
}

function linkWith(fragment: string): string {
  return `${location.href.replace(/#.*/, "")}#${fragment}`;
}

async function piped(
  bytes: Uint8Array<ArrayBuffer>,
  through: ReadableWritablePair<Uint8Array, BufferSource>,
  sizeMax: number,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(through).getReader();
  const chunks: BlobPart[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > sizeMax) {
      void reader.cancel();
      throw new ShareError("The code in this link is too long.");
    }
    chunks.push(value as Uint8Array<ArrayBuffer>);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
