// The package `myelin-server` in pages of headless Chromium, unmodified nats.js beside it: streams
// that outlive reloads, tabs and the browser; several tabs; and what goes wrong.
//
// usage: node package.mjs --server <path of the server's binary> --package <folder of the package>
//                         [--only SCENARIO]

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Claims } from "../interop/js/claims.mjs";
import { Server } from "../interop/js/server.mjs";
import { Chromium, skip } from "./chromium.mjs";
import * as faults from "./fault_scenarios.mjs";
import { makeSite, Pages } from "./pages.mjs";
import * as storage from "./storage_scenarios.mjs";
import * as tabs from "./tab_scenarios.mjs";

const { values: flags } = parseArgs({
  options: { server: { type: "string" }, package: { type: "string" }, only: { type: "string" } },
});
if (!flags.server || !flags.package) {
  console.error("usage: node package.mjs --server <binary> --package <folder of the package>");
  process.exit(2);
}
const dist = join(flags.package, "dist");
for (const file of ["index.js", "worker.js", "myelin.wasm"]) {
  if (!existsSync(join(dist, file))) skip(`the package is not built: it has no ${file}`);
}

const web = await makeSite(dist);
const browser = await Chromium.open();
const claims = new Claims();
await Server.with(flags.server, `http: "127.0.0.1:-1"\nhttp_web: "${web}"`, async (daemon) => {
  const pages = new Pages(browser, daemon.monitoringPort);
  for (const [name, scenario] of Object.entries({ ...faults, ...storage, ...tabs })) {
    if (flags.only && name !== flags.only) continue;
    pages.newOrigin();
    const begun = performance.now();
    await claims.runAs(name, scenario, pages);
    console.log(`     ${Math.round(performance.now() - begun)} ms`);
    await browser.closeTabs();
  }
});
await browser.close();
process.exit(claims.exitCode());
