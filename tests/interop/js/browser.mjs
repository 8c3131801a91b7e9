// nats.js in a page of headless Chromium, and the chat of examples/ in two tabs.
//
// usage: node browser.mjs --server <path of the server's binary> [--screenshots FOLDER]

import { accessSync, constants, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { Claims, skipped } from "./claims.mjs";
import { Server } from "./server.mjs";
import { serve } from "./static_server.mjs";

const { values: flags } = parseArgs({
  options: { server: { type: "string" }, screenshots: { type: "string" } },
});
if (!flags.server) {
  console.error("usage: node browser.mjs --server <path of the server's binary>");
  process.exit(2);
}
const skip = (what) => {
  console.log(`skipped: ${what} is not installed`);
  process.exit(skipped);
};
const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
try {
  accessSync(chromiumPath, constants.X_OK);
} catch {
  skip("chromium");
}
const { chromium } = await import("playwright-core").catch(() => skip("playwright-core"));
const { build } = await import("esbuild").catch(() => skip("esbuild"));

const here = dirname(fileURLToPath(import.meta.url));
const chat = resolve(here, "../../../examples/chat");
// Only ours serves files; beside the official server the test does it.
const servesFiles = !basename(flags.server).startsWith("nats-server");

async function bundle(entry) {
  const external = ["node:crypto"]; // asked for only where there is no crypto.subtle
  const options = { bundle: true, format: "esm", write: false, external };
  const nodePaths = [join(here, "node_modules")];
  const { outputFiles } = await build({ entryPoints: [entry], nodePaths, ...options });
  return outputFiles[0].contents;
}

// The chat as a folder that a server of files can take: its page, and nats.js as one module.
const web = mkdtempSync(join(tmpdir(), "myelin-chat-"));
process.on("exit", () => rmSync(web, { recursive: true, force: true }));
cpSync(join(chat, "web"), web, { recursive: true });
writeFileSync(join(web, "nats.js"), await bundle(join(chat, "nats.mjs")));
const page = await serve(join(here, "page"), {
  "/page.js": await bundle(join(here, "page/page.mjs")),
});
const chatPage = await serve(web);

const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});

function config(server) {
  const lines = [
    `jetstream { store_dir: "store" }`,
    `websocket { host: 127.0.0.1, port: ${server.webSocketPort}, no_tls: true }`,
    `http: 127.0.0.1:${server.monitoringPort}`,
  ];
  if (servesFiles) lines.push(`http_web: "${web}"`);
  return lines.join("\n");
}

// A tab in which nothing may go wrong unnoticed.
async function openTab(claims, url) {
  const context = await browser.newContext({ viewport: { width: 760, height: 620 } });
  const tab = await context.newPage();
  const complain = (text) => claims.holds(false, "the page has nothing to complain about", text);
  tab.on("pageerror", (error) => complain(String(error)));
  // That a server which is being restarted does not answer is no complaint.
  tab.on("console", (message) => {
    if (message.type() !== "error" || message.text().includes("ERR_CONNECTION")) return;
    complain(message.text());
  });
  await tab.goto(url);
  return tab;
}

async function inPage(claims, name, server, tab) {
  const made = await tab.evaluate(
    ([scenario, url]) => globalThis.run(scenario, url), [name, server.webSocketUrl],
  );
  for (const claim of made) claims.holds(...claim);
}

// What a tab shows: who said what; its own messages bear no name.
function shown(tab) {
  return tab.$$eval("article p", (texts) => texts.map((text) => text.textContent));
}

async function waitFor(tab, count) {
  const hasAll = (wanted) => document.querySelectorAll("article").length >= wanted;
  await tab.waitForFunction(hasAll, count);
}

async function say(tab, text) {
  await tab.fill("#text", text);
  await tab.press("#text", "Enter");
}

function chatUrl(server, name) {
  if (servesFiles) return `${server.monitoringUrl}/web/?name=${name}`;
  return `${chatPage.url}/?name=${name}&server=${encodeURIComponent(server.webSocketUrl)}`;
}

async function twoTabsChat(claims, server, restart) {
  const ann = await openTab(claims, chatUrl(server, "Ann"));
  await ann.waitForSelector("#state.up");
  await say(ann, "Is anybody here?");
  await waitFor(ann, 1);
  const bob = await openTab(claims, chatUrl(server, "Bob"));
  await waitFor(bob, 1);
  claims.equal(await shown(bob), ["Is anybody here?"], "who comes later sees what was said before");
  await say(bob, "I am, just now. How does this work?");
  await waitFor(ann, 2);
  await say(ann, "This room is a subject, and its history is a stream.");
  await say(ann, "An ordered consumer brings first the one, then the other.");
  await waitFor(bob, 4);
  await say(bob, "So <b>no</b> server but the NATS server. 🎉");
  await waitFor(ann, 5);
  const said = await shown(ann);
  claims.equal(said.length, 5, "each message is shown once");
  claims.equal(said.at(-1), "So <b>no</b> server but the NATS server. 🎉", "text is not markup");
  claims.equal(await shown(bob), said, "both tabs show the same");
  const names = await ann.$$eval("article:not(.mine) b", (all) => all.map((b) => b.textContent));
  claims.equal([...new Set(names)], ["Bob"], "the other one's messages bear a name");

  await bob.reload();
  await waitFor(bob, 5);
  claims.equal(await shown(bob), said, "a reload shows the history");

  await restart();
  for (const tab of [ann, bob]) await tab.waitForSelector("#state.up");
  await say(bob, "Back again.");
  await waitFor(ann, 6);
  claims.equal((await shown(ann)).at(-1), "Back again.", "the tabs outlive the server");
  if (flags.screenshots) {
    await ann.screenshot({ path: join(flags.screenshots, "ann.png") });
    await bob.emulateMedia({ colorScheme: "dark" });
    await bob.screenshot({ path: join(flags.screenshots, "bob.png") });
  }
  for (const tab of [ann, bob]) await tab.context().close();
}

const claims = new Claims();
await Server.with(flags.server, config, async (server) => {
  const restart = async () => {
    await server.stop();
    await server.start();
  };
  const tab = await openTab(claims, page.url);
  await tab.exposeFunction("restartServer", restart);
  for (const name of await tab.evaluate(() => globalThis.scenarioNames)) {
    await claims.runAs(`page: ${name}`, inPage, name, server, tab);
  }
  await tab.context().close();
  await claims.runAs("chat", twoTabsChat, server, restart);
});
await browser.close();
process.exit(claims.exitCode());
