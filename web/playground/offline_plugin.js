// Writes service-worker.js: the source, told which files were built and under which version. The
// version is a hash of their contents, so that a build that changed nothing changes nothing.

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

export function offline(source) {
  let folder;
  return {
    name: "offline",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    // After everything is written, the files of public/ too.
    async closeBundle() {
      const files = (await filesIn(folder)).filter((file) => file !== "service-worker.js");
      const hash = createHash("sha256");
      for (const file of files) hash.update(file).update(await readFile(join(folder, file)));
      const version = hash.digest("hex").slice(0, 16);
      const wanted = files.map((file) => (file === "index.html" ? "./" : file));
      const text = (await readFile(source, "utf8"))
        .replace('"VERSION"', JSON.stringify(version))
        .replace('["FILES"]', JSON.stringify(wanted));
      await writeFile(join(folder, "service-worker.js"), text);
    },
  };
}
