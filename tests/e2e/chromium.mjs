// Debian's Chromium under test: tabs in which nothing goes wrong unnoticed, on a profile that is
// kept when the browser is killed. A machine without Chromium or Playwright skips the test.

import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { skipped } from "../interop/js/claims.mjs";

export const insecureHost = "insecure.test";
const path = process.env.CHROMIUM ?? "/usr/bin/chromium";

export function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(skipped);
}

// A package that the interop tests have installed; they share one lock file.
export function installed(name) {
  try {
    return createRequire(new URL("../interop/js/package.json", import.meta.url))(name);
  } catch {
    return skip(`${name} is not installed`);
  }
}

try {
  accessSync(path, constants.X_OK);
} catch {
  skip("chromium is not installed");
}
const { chromium } = installed("playwright-core");

export class Chromium {
  #profile = mkdtempSync(join(tmpdir(), "myelin-chromium-"));
  #context;

  static async open() {
    const browser = new Chromium();
    process.on("exit", () => rmSync(browser.#profile, { recursive: true, force: true }));
    await browser.start();
    return browser;
  }

  async start() {
    this.#context = await chromium.launchPersistentContext(this.#profile, {
      executablePath: path,
      viewport: { width: 1280, height: 800 },
      args: [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        // Two pages of one site must not share a process, for one is killed.
        "--renderer-process-limit=64",
        // Not localhost, and not TLS: no secure context.
        `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`,
      ],
    });
    await this.#context.grantPermissions(["clipboard-read", "clipboard-write"]);
  }

  // A tab in which nothing may go wrong but what `expected` matches.
  async tab(claims, url, expected = /$^/) {
    const tab = await this.#context.newPage();
    const complain = (text) => {
      if (!expected.test(text)) claims.holds(false, "the page has nothing to complain about", text);
    };
    tab.on("pageerror", (error) => complain(String(error?.stack ?? error)));
    tab.on("console", (message) => {
      if (message.type() === "error") complain(message.text());
    });
    await tab.goto(url);
    return tab;
  }

  async devtools(tab) {
    return this.#context.newCDPSession(tab);
  }

  // How much the tab's origin may store, until the function is called that this resolves to.
  async limitStorage(tab, quotaSize) {
    const session = await this.devtools(tab);
    const { origin } = new URL(tab.url());
    await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize });
    return async () => {
      await session.send("Storage.overrideQuotaForOrigin", { origin });
      await session.detach();
    };
  }

  // The tab's process is gone from one moment to the next, and its workers with it.
  async crash(tab) {
    const session = await this.devtools(tab);
    const gone = tab.waitForEvent("crash");
    session.send("Page.crash").catch(() => {});
    await gone;
  }

  async offline(is) {
    await this.#context.setOffline(is);
  }

  // Every process of the browser's, at once.
  async kill() {
    const session = await this.#context.browser().newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const gone = new Promise((resolve) => this.#context.once("close", resolve));
    for (const { id } of processInfo) process.kill(id, "SIGKILL");
    await gone;
  }

  async closeTabs() {
    for (const tab of this.#context.pages()) await tab.close();
  }

  async close() {
    await this.#context.close();
  }
}
