// Headless Chromium as a place: each scenario runs in a tab of its own, which is closed after it.
// The tabs share one origin, and so one store.
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";

const types = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const ticksPerSecond = 100;

const page = `<!doctype html><title>bench</title><script type="module">
  import { scenarios } from "/scenarios.mjs";
  import { Server } from "/server/index.js";
  globalThis.run = (scenario, scale, round) => {
    const storage = (name) => ({ storage: "opfs", name, onLog: () => {} });
    return scenarios[scenario]({ Server, storage, processorTime, scale, round });
  };
  globalThis.isReady = true;
</script>`;

export class ChromiumPlace {
  name = "Chromium";
  #browser;
  #context;
  #server;
  #launched; // the browser's processes

  static async open(files, chromium, executablePath) {
    const place = new ChromiumPlace();
    place.#server = await serve(files);
    place.#launched = await chromium.launchServer({
      executablePath,
      args: [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
      ],
    });
    place.#browser = await chromium.connect(place.#launched.wsEndpoint());
    place.#context = await place.#browser.newContext();
    return place;
  }

  async run(scenario, scale, round) {
    const tab = await this.#context.newPage();
    tab.setDefaultTimeout(0);
    await tab.exposeFunction("processorTime", () => timeOfTree(this.#launched.process().pid));
    tab.on("pageerror", (error) => console.error(error));
    await tab.goto(`http://127.0.0.1:${this.#server.address().port}/`);
    await tab.waitForFunction("globalThis.isReady", undefined, { timeout: 60_000 });
    try {
      return await tab.evaluate((job) => globalThis.run(...job), [scenario, scale, round]);
    } finally {
      await tab.close();
    }
  }

  async close() {
    await this.#browser.close();
    await this.#launched.close();
    this.#server.close();
  }
}

// The browser may keep what it has loaded, as it does from a second visit on: not this server is
// measured.
async function serve(files) {
  const bodies = new Map([["/", page], ["/scenarios.mjs", await readFile(files.scenarios)]]);
  for (const name of ["index.js", "worker.js", "myelin.wasm"]) {
    bodies.set(`/server/${name}`, await readFile(join(dirname(files.server), name)));
  }
  const server = createServer(({ url }, response) => {
    const body = bodies.get(url);
    if (body === undefined) return response.writeHead(404).end();
    const type = types[extname(url)] ?? "text/html";
    response.writeHead(200, { "Content-Type": type, "Cache-Control": "max-age=3600" });
    return response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

// Seconds of all processes of the browser: its own, its tabs', its disk's.
function timeOfTree(root) {
  const children = new Map();
  const times = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, "latin1");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      const parent = Number(fields[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
      times.set(Number(name), (Number(fields[11]) + Number(fields[12])) / ticksPerSecond);
    } catch {
      continue; // a process that has just ended
    }
  }
  let total = 0;
  for (const found = [root]; found.length > 0; ) {
    const pid = found.pop();
    total += times.get(pid) ?? 0;
    found.push(...(children.get(pid) ?? []));
  }
  return total;
}
