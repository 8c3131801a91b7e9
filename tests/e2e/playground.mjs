// The playground in headless Chromium, as it is built, served by the daemon.
//
// usage: node playground.mjs --server <path of the server's binary> --page <build/playground>
//                            [--only SCENARIO] [--screenshots FOLDER]

import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { Claims } from "../interop/js/claims.mjs";
import { Server } from "../interop/js/server.mjs";
import { Chromium, insecureHost, skip } from "./chromium.mjs";
import { PlaygroundPage } from "./playground_page.mjs";
import * as scenarios from "./playground_scenarios.mjs";

const { values: flags } = parseArgs({
  options: {
    server: { type: "string" },
    page: { type: "string" },
    only: { type: "string" },
    screenshots: { type: "string" },
  },
});
if (!flags.server || !flags.page) {
  console.error("usage: node playground.mjs --server <binary> --page <build/playground>");
  process.exit(2);
}
if (!existsSync(join(flags.page, "index.html"))) skip("the playground is not built");
if (flags.screenshots) mkdirSync(flags.screenshots, { recursive: true });

// Visits of one scenario: its tabs have an origin, and so storage and a server, of their own.
class Visits {
  #daemon;
  #origin;

  constructor(browser, daemon, number) {
    this.browser = browser;
    this.#daemon = daemon;
    this.#origin = `http://visit-${number}.localhost:${daemon.monitoringPort}`;
  }

  get webSocketUrl() {
    return this.#daemon.webSocketUrl;
  }

  get insecureUrl() {
    return `http://${insecureHost}:${this.#daemon.monitoringPort}/web/`;
  }

  async open(claims, { at = "", url = `${this.#origin}/web/${at}`, expected } = {}) {
    return new PlaygroundPage(await this.browser.tab(claims, url, expected));
  }

  async report(path) {
    return (await fetch(`${this.#daemon.monitoringUrl}${path}`)).json();
  }

  async stopDaemon() {
    await this.#daemon.stop();
  }

  // A screenshot, for people.
  async look(tab, name) {
    if (!flags.screenshots) return;
    const file = `${name.replaceAll(" ", "-")}.png`;
    await tab.page.screenshot({ path: join(flags.screenshots, file), animations: "disabled" });
  }
}

const config = `
  jetstream { store_dir: "store" }
  websocket { listen: "127.0.0.1:-1", no_tls: true }
  http: "127.0.0.1:-1"
  http_web: "${resolve(flags.page)}"
`;
const browser = await Chromium.open();
const claims = new Claims();
await Server.with(flags.server, config, async (daemon) => {
  const { itWorksOffline, ...others } = scenarios;
  const all = Object.entries({ ...others, itWorksOffline });
  for (const [index, [name, scenario]] of all.entries()) {
    if (flags.only && name !== flags.only) continue;
    const begun = performance.now();
    await claims.runAs(name, scenario, new Visits(browser, daemon, index + 1));
    console.log(`     ${Math.round(performance.now() - begun)} ms`);
    await browser.closeTabs();
  }
});
await browser.close();
process.exit(claims.exitCode());
