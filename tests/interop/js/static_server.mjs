// Files of folders, and what a test has made, over HTTP on a port of the system's choice.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

// `made` has contents by path. Resolves to { url, close }.
export async function serve(folder, made = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    try {
      const body = made[path] ?? (await readFile(join(folder, normalize(path))));
      response.writeHead(200, { "Content-Type": types[extname(path)] ?? "text/plain" });
      response.end(body);
    } catch {
      response.writeHead(404).end("not found\n");
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
