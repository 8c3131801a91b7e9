// The examples: those of examples/ that are JavaScript, and the page's own welcome before them.
// Titles are the first lines of their READMEs, and what they show the first sentences in the code.

import welcome from "./welcome.mjs?raw";

export interface Example {
  id: string;
  title: string;
  about: string;
  // What to do, before it has run.
  advice: string;
  group: "Messages" | "Streams";
  source: string;
}

const folder = "../../../examples/";
const sources = import.meta.glob<string>("../../../examples/*/*.mjs", {
  query: "?raw",
  import: "default",
  eager: true,
});
const readmes = import.meta.glob<string>("../../../examples/*/README.md", {
  query: "?raw",
  import: "default",
  eager: true,
});

// From the plain to the particular; one that is not named comes after these.
const order = [
  "publish-subscribe",
  "request-reply",
  "queue-group",
  "orders",
  "reconnect",
  "stored-publish",
  "event-replay",
  "pull-worker",
  "stream-queue-group",
  "stream-request-reply",
  "key-value-watch",
  "stream-limits",
];

const advices: Record<string, string> = {
  reconnect: "Press Run, then restart the server: the button beside “Copy link” leads there.",
};

export const examples: Example[] = [
  exampleOf("welcome", "Welcome", welcome),
  ...Object.entries(sources)
    .map(([path, source]) => ({ path: path.slice(folder.length), source }))
    .filter(({ path }) => /^([\w-]+)\/\1\.mjs$/.test(path))
    .map(({ path, source }) => {
      const id = path.slice(0, path.indexOf("/"));
      return exampleOf(id, titleOf(readmes[`${folder}${id}/README.md`]) ?? id, source);
    })
    .sort((left, right) => placeOf(left) - placeOf(right)),
];

export function findExample(id: string): Example | undefined {
  return examples.find((example) => example.id === id);
}

function placeOf(example: Example): number {
  const place = order.indexOf(example.id);
  return place < 0 ? order.length : place;
}

function titleOf(readme: string | undefined): string | undefined {
  return /^# (.+)$/m.exec(readme ?? "")?.[1];
}

function exampleOf(id: string, title: string, source: string): Example {
  const group = /@nats-io\/(jetstream|kv|obj)/.test(source) ? "Streams" : "Messages";
  const advice = advices[id] ?? "Press Run, and see what it prints.";
  return { id, title, about: aboutOf(source), advice, group, source };
}

// The first paragraph of the comment at the top, without the title it begins with.
function aboutOf(source: string): string {
  const comment = /^(?:\/\/.*\n)+/.exec(source)?.[0] ?? "";
  const [paragraph = ""] = comment.replace(/^\/\/ ?/gm, "").split("\n\n");
  const text = paragraph
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^[^:.]{1,40}: (?=[a-z]+ )/, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
