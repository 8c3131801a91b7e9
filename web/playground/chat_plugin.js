// The chat of examples/ as a second page, chat.html: its files as they are, with another nats.js,
// which also knows the server in the tab.

import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";

export function chat({ folder, page, nats }) {
  return {
    name: "chat",
    enforce: "pre",
    resolveId(id, importer) {
      if (id === page) return page;
      if (id === "./nats.js" && importer?.startsWith(folder)) return nats;
      return undefined;
    },
    async load(id) {
      if (id !== page) return undefined;
      const html = await readFile(join(folder, "index.html"), "utf8");
      const place = relative(join(page, ".."), folder);
      return html.replace(/(href|src)="([\w-]+\.\w+)"/g, `$1="${place}/$2"`);
    },
  };
}
