// The pages of package.mjs: the package as files and nats.js in one bundle beside it, served by the
// daemon under its own policy. Each scenario has an origin, and so storage, of its own.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { insecureHost, installed } from "./chromium.mjs";

const modules = fileURLToPath(new URL("../interop/js/node_modules", import.meta.url));
const page = fileURLToPath(new URL("page", import.meta.url));

// Resolves to a folder for the daemon to serve.
export async function makeSite(dist) {
  const web = mkdtempSync(join(tmpdir(), "myelin-e2e-"));
  process.on("exit", () => rmSync(web, { recursive: true, force: true }));
  cpSync(page, web, { recursive: true });
  cpSync(dist, join(web, "server"), { recursive: true });
  const { outputFiles } = await installed("esbuild").build({
    entryPoints: [join(page, "page.mjs")],
    nodePaths: [modules],
    external: ["./server/index.js", "node:crypto"],
    bundle: true,
    format: "esm",
    write: false,
  });
  writeFileSync(join(web, "page.js"), outputFiles[0].contents);
  return web;
}

export class Pages {
  #browser;
  #port;
  #origins = 0;

  constructor(browser, port) {
    this.#browser = browser;
    this.#port = port;
  }

  newOrigin() {
    this.#origins += 1;
  }

  get url() {
    return `http://scenario-${this.#origins}.localhost:${this.#port}/web/`;
  }

  // The same page where a browser offers a page neither storage nor locks.
  get insecureUrl() {
    return `http://${insecureHost}:${this.#port}/web/`;
  }

  // What a tab may complain about is `expected`.
  async open(claims, { expected, url = this.url } = {}) {
    const tab = new Tab(await this.#browser.tab(claims, url, expected));
    await tab.loaded();
    return tab;
  }

  get browser() {
    return this.#browser;
  }
}

// A tab, and in it what page.mjs offers.
export class Tab {
  constructor(page) {
    this.page = page;
  }

  async loaded() {
    await this.page.waitForFunction(() => globalThis.isReady);
  }

  async reload() {
    await this.page.reload();
    await this.loaded();
  }

  // Calls a function of the page's.
  run(name, ...given) {
    return this.page.evaluate(([called, all]) => globalThis[called](...all), [name, given]);
  }

  // Resolves to the server's information.
  start(options) {
    return this.run("start", options);
  }

  evaluate(work, given) {
    return this.page.evaluate(work, given);
  }
}

export const upTo = (count) => Array.from({ length: count }, (_, index) => index + 1);
