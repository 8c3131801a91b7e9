// What visitors of the playground do, and what may go wrong for them.

import { exampleOutputs } from "./example_outputs.mjs";

const isListed = (id) => id === "reconnect" || id in exampleOutputs;

export async function itOpensWithAServerAndARunningExample(claims, visits) {
  const tab = await visits.open(claims);
  await tab.isUp();
  await tab.waitForLine("°C");
  claims.holds(true, "the first example prints");
  await tab.waitForMessage("weather.");
  claims.holds(true, "its messages are shown");
  await tab.page.waitForFunction(() =>
    Number.parseFloat(document.querySelector("[data-testid=published-rate]").textContent) > 0);
  claims.holds(true, "and counted");
  await visits.look(tab, "welcome");
}

export async function everyExampleRuns(claims, visits) {
  const tab = await visits.open(claims);
  await tab.isUp();
  const ids = await tab.page.$$eval("[data-testid^=example-]", (all) =>
    all.map((each) => each.dataset.testid.slice("example-".length)));
  const unknown = ids.filter((id) => !["title", "welcome"].includes(id) && !isListed(id));
  claims.equal(unknown, [], "each example has its expected output");
  for (const [id, { made = (lines) => lines, lines }] of Object.entries(exampleOutputs)) {
    const printed = await tab.printed(id);
    claims.equal({ ...printed, lines: made(printed.lines) }, { outcome: "finished", lines }, id);
  }
  await tab.show("streams");
  await tab.waitForStream("READINGS", "1,000");
  claims.holds(true, "the streams they made are shown");
  await visits.look(tab, "streams");
}

export async function anExampleOutlivesItsServer(claims, visits) {
  const tab = await visits.open(claims);
  await tab.isUp();
  await tab.open("reconnect");
  await tab.run();
  await tab.waitForLine("tick 2");
  await tab.part("config").click();
  await tab.part("config-dialog").waitFor();
  await visits.look(tab, "configuration");
  await tab.part("config-restart").click();
  await tab.waitForLine("disconnected");
  await tab.waitForLine("reconnected");
  await tab.page.waitForFunction(() => {
    const all = document.querySelectorAll("[data-testid=output-lines] .line");
    const texts = [...all].map((line) => line.textContent.trimEnd());
    return texts.slice(texts.indexOf("reconnected")).some((text) => text.startsWith("tick"));
  });
  claims.holds(true, "it reconnects to the server that starts again");
  await tab.part("stop").click();
  await tab.waitForLine("closed");
  claims.equal(await tab.outcome(), "stopped", "Stop is what Ctrl-C is in Node");
}

export async function streamsSurviveAReload(claims, visits) {
  const tab = await visits.open(claims);
  await tab.isUp();
  await tab.printed("stream-limits");
  await tab.page.reload();
  await tab.isUp();
  await tab.show("streams");
  await tab.waitForStream("READINGS", "1,000");
  claims.holds(true, "the stream is there again");
}

export async function tabsShareAServer(claims, visits) {
  const ann = await visits.open(claims);
  await ann.isUp();
  await ann.printed("stream-limits");
  const bob = await visits.open(claims, { at: "#publish-subscribe" });
  await bob.isUp();
  await ann.publish("greet.bob", "hello from Ann");
  await bob.waitForMessage("hello from Ann");
  claims.holds(true, "what one tab publishes another shows");
  await bob.show("streams");
  await bob.waitForStream("READINGS", "1,000");
  claims.holds(true, "and it has the same streams");
  await bob.whileAway(() => visits.browser.crash(ann.page));
  await bob.show("streams");
  await bob.waitForStream("READINGS", "1,000");
  claims.holds(true, "when the tab with the server is killed another takes over");
  const printed = await bob.printed("publish-subscribe");
  claims.equal(printed.lines, exampleOutputs["publish-subscribe"].lines, "and goes on");
  await bob.part("config").click();
  await bob.part("storage-facts").getByText("runs the server").waitFor();
  claims.holds(true, "which it says");
}

export async function theChatTalksOverTheServerInTheTab(claims, visits) {
  const ann = await visits.open(claims, { at: "#publish-subscribe" });
  await ann.isUp();
  const [bob] = await Promise.all([
    ann.page.waitForEvent("popup"),
    ann.part("chat").click(),
  ]);
  await bob.waitForSelector("#state.up");
  await bob.fill("#text", "Is anybody here?");
  await bob.press("#text", "Enter");
  await bob.getByText("Is anybody here?").waitFor();
  await ann.waitForMessage("Is anybody here?");
  claims.holds(true, "what is said is seen in the playground");
  await ann.show("streams");
  await ann.page.waitForSelector("[data-testid=streams] [data-stream=CHAT]");
  claims.holds(true, "and stored");
}

export async function aLinkCarriesTheCode(claims, visits) {
  const tab = await visits.open(claims, { at: "#orders" });
  await tab.isUp();
  const code = 'import { connect } from "../connection.mjs";\nconsole.log("from a link: äöü 🎉");';
  await tab.write(code);
  await tab.part("copy-link").click();
  await tab.page.getByText("The link is copied").waitFor();
  const link = await tab.page.evaluate(() => navigator.clipboard.readText());
  claims.holds(link.includes("#code="), "the link is in the clipboard", link);
  const other = await visits.open(claims, { url: link });
  await other.isUp();
  claims.equal(await other.code(), code, "who opens it sees the code");
  claims.holds(await other.part("foreign").isVisible(), "and that somebody sent it");
  claims.equal(await other.lines(), [], "it does not run by itself");
  await other.run();
  await other.waitForLine("from a link: äöü 🎉");
  claims.equal(await other.outcome(), "finished", "it runs after a click");
  const broken = await visits.open(claims, { url: `${link.slice(0, -9)}` });
  await broken.isUp();
  claims.holds(/damaged/.test(await broken.page.innerText("body")), "a damaged link is said to be");
  const quoted = await visits.open(claims, { url: `${link}).` });
  await quoted.isUp();
  claims.holds(/damaged/.test(await quoted.page.innerText("body")), "one with more behind it too");
}

export async function mistakesInTheCodeAreShown(claims, visits) {
  const tab = await visits.open(claims, { at: "#publish-subscribe" });
  await tab.isUp();
  const fails = async (code, wanted, claim) => {
    await tab.write(code);
    await tab.run();
    claims.equal(await tab.outcome(), "failed", claim);
    const lines = (await tab.lines()).join("\n");
    claims.holds(wanted.test(lines), `${claim}: the output says why`, lines);
  };
  await fails("const one = 1;\nconst = 2;\n", /\b2\b/, "an error of syntax");
  await fails("console.log(1);\nthrow new Error('too bad');\n", /too bad/, "an exception");
  await fails('import fs from "node:fs";\n', /node:fs/, "a module of Node's");
  await fails('import x from "left-pad";\n', /left-pad/, "an unknown module");
  await visits.look(tab, "mistake");
  await tab.write("for (;;) {}\n");
  await tab.run();
  await tab.page.waitForFunction(() =>
    document.querySelector("[data-testid=run-state]").textContent.startsWith("running"));
  await tab.part("stop").click();
  claims.equal(await tab.outcome(), "stopped", "a loop without end can be stopped");
}

export async function whatFailsLeavesNoClientBehind(claims, visits) {
  const tab = await visits.open(claims, { at: "#publish-subscribe" });
  await tab.isUp();
  await tab.show("connections");
  const opening = 'import { connect } from "../connection.mjs";\nawait connect({ name: "ann" });\n';
  await tab.write(`${opening}setTimeout(() => { throw new Error("too bad"); }, 1500);\n`);
  await tab.run();
  const ann = tab.part("connections").getByText("ann", { exact: true });
  await ann.waitFor();
  claims.equal(await tab.outcome(), "failed", "an example fails that has a client");
  await ann.waitFor({ state: "detached", timeout: 3000 });
  claims.holds(true, "the client leaves with it");
}

export async function theLogFollowsWhatComes(claims, visits) {
  const tab = await visits.open(claims);
  await tab.isUp();
  await tab.waitForMessage("weather.");
  const isFollowing = () => tab.page.waitForFunction(() => {
    const log = document.querySelector("[data-testid=messages]");
    const { scrollHeight, scrollTop, clientHeight } = log;
    return scrollHeight > clientHeight && scrollHeight - scrollTop - clientHeight < 40;
  });
  await tab.page.setViewportSize({ width: 1280, height: 500 });
  await isFollowing();
  claims.holds(true, "in a window that was made smaller");
  await tab.show("hand");
  const before = await tab.part("messages").evaluate((log) => log.childElementCount);
  await tab.page.waitForFunction((count) =>
    document.querySelector("[data-testid=messages]").childElementCount > count + 5, before);
  await tab.show("messages");
  await isFollowing();
  claims.holds(true, "and after another view was looked at");
}

export async function aFloodLeavesThePageResponsive(claims, visits) {
  const tab = await visits.open(claims, { at: "#publish-subscribe" });
  await tab.isUp();
  await tab.write(`import { connect } from "../connection.mjs";
const connection = await connect();
connection.subscribe("flood.>", { callback: () => {} });
const payload = "x".repeat(100);
for (let turn = 0; ; ++turn) {
  for (let index = 0; index < 1000; ++index) {
    connection.publish(\`flood.\${index % 50}\`, payload);
  }
  await connection.flush();
}
`);
  await tab.run();
  await tab.waitForMessage("flood.");
  await tab.page.waitForFunction(() => {
    const shown = document.querySelector("[data-testid=published-rate]").textContent;
    return Number.parseFloat(shown.replaceAll(",", "")) * (/k/i.test(shown) ? 1000 : 1) > 5000;
  });
  await tab.show("subjects");
  await tab.part("subjects").waitFor();
  await tab.show("messages");
  claims.holds(true, "the view can be changed meanwhile");
  const rows = await tab.page.$$eval("[data-testid=message]", (all) => all.length);
  claims.holds(rows < 2000, "the page shows a bounded part of the log", `${rows} rows`);
  await visits.look(tab, "flood");
  await tab.part("stop").click();
  claims.equal(await tab.outcome(), "stopped", "and the flood be stopped");
}

export async function byHand(claims, visits) {
  const tab = await visits.open(claims, { at: "#publish-subscribe" });
  await tab.isUp();
  await tab.show("hand");
  await tab.part("subscribe-subject").fill("by.*");
  await tab.part("subscribe").click();
  await tab.page.waitForSelector('[data-testid=subscriptions] [data-subject="by.*"]');
  await tab.publish("by.hand", "a message by hand");
  await tab.page.waitForFunction(() =>
    document.querySelector("[data-testid=subscriptions]").textContent.includes("by.hand"));
  claims.holds(true, "who subscribes by hand sees what comes");
  await tab.part("publish-subject").fill("nobody.there");
  await tab.part("request").click();
  await tab.page.waitForFunction(() =>
    /no responders/i.test(document.querySelector("[data-testid=publish-answer]").textContent));
  claims.holds(true, "a request that nobody answers says so");
  await visits.look(tab, "by hand");
}

export async function aConfigurationWithErrorsHasItsPlaceShown(claims, visits) {
  const tab = await visits.open(claims, { at: "#publish-subscribe" });
  await tab.isUp();
  await tab.part("config").click();
  const text = await tab.part("config-text").inputValue();
  const line = text.split("\n").length + 1;
  await tab.part("config-text").fill(`${text}\nmax_payload: lots\n`);
  await tab.part("config-apply").click();
  const said = tab.part("config-problems");
  await said.locator("button").first().waitFor();
  const problem = await said.innerText();
  claims.holds(problem.includes(`${line}:`), "the place of the error is shown", problem);
  await visits.look(tab, "configuration with an error");
  await tab.part("config-restart").click();
  await said.locator("button").first().waitFor();
  claims.equal(await tab.part("server-state").getAttribute("data-state"), "up",
    "a restart with it leaves the server as it is");
  await tab.part("config-text").fill(`${text}\njetstream {\n`);
  await tab.part("config-apply").click();
  await said.getByText("Parse error").click();
  const mark = await tab.part("config-text").evaluate((field) => field.selectionStart);
  claims.holds(mark > text.length, "a text that cannot be read too", `at ${mark}`);
  await tab.part("config-text").fill(text.replace("playground", "another"));
  await tab.part("config-apply").click();
  await tab.part("config-done").getByText("Restart the server").waitFor();
  claims.equal((await said.innerText()).trim(), "", "what needs a restart is no error");
  await tab.part("config-text").fill(`${text}\nmax_payload: 1KB\n`);
  await tab.part("config-apply").click();
  await tab.page.waitForFunction(() =>
    document.querySelector("[data-testid=config-done]").textContent.startsWith("Applied"));
  claims.equal((await said.innerText()).trim(), "", "one without is applied");
}

export async function whoIsEarlyNeedNotAskTwice(claims, visits) {
  const tab = await visits.open(claims, { at: "#publish-subscribe" });
  await tab.isUp();
  const waited = await tab.page.evaluate(async () => {
    const part = (id) => document.querySelector(`[data-testid=${id}]`);
    part("server-daemon").click();
    part("server-tab").click(); // for a moment there is no server
    part("run").click();
    return part("run-state").textContent;
  });
  claims.equal(waited, "waits for the server", "Run waits for a server that starts");
  claims.equal(await tab.outcome(), "finished", "and then runs");
  claims.equal(await tab.lines(), exampleOutputs["publish-subscribe"].lines, "as asked");
  await tab.open("reconnect");
  await tab.run();
  await tab.waitForLine("tick 1");
  await tab.part("server-tab").click();
  await tab.waitForLine("tick 2");
  claims.holds(true, "the server that is chosen can be chosen again and goes on");
}

export async function nothingRunsByItselfElsewhere(claims, visits) {
  const tab = await visits.open(claims, { at: "?server=daemon" });
  await tab.isUp();
  await tab.page.waitForFunction(() =>
    document.querySelector("[data-testid=connection-count]").textContent === "0");
  claims.equal(await tab.lines(), [], "the first example waits for a click");
  await tab.run();
  await tab.waitForLine("°C");
  claims.holds(true, "and runs after it");
}

export async function theDaemonOverWebSocket(claims, visits) {
  const tab = await visits.open(claims, { at: "#publish-subscribe" });
  await tab.isUp();
  await tab.part("server-daemon").click();
  await tab.isUp();
  const printed = await tab.printed("publish-subscribe");
  claims.equal(printed.lines, exampleOutputs["publish-subscribe"].lines, "an example runs there");
  await tab.printed("stream-limits");
  await tab.show("streams");
  await tab.waitForStream("READINGS", "1,000");
  claims.holds(true, "its streams are shown");
  const { connections } = await visits.report("/connz");
  claims.holds(connections.length > 0, "the daemon knows the page");
  await visits.look(tab, "daemon");
}

export async function aServerOfOnesOwn(claims, visits) {
  const tab = await visits.open(claims, {
    at: "#publish-subscribe",
    expected: /WebSocket|ERR_UNSAFE_PORT|ERR_CONNECTION/,
  });
  await tab.isUp();
  const connect = async (url) => {
    await tab.part("url-input").fill(url);
    await tab.part("monitoring-input").fill("");
    await tab.part("url-connect").click();
  };
  await tab.part("server-url").click();
  await connect("not an address");
  await tab.page.waitForFunction(() =>
    document.querySelector("[data-testid=url-error]").textContent !== "");
  claims.holds(true, "what is no address is refused");
  await connect("ws://127.0.0.1:1");
  await tab.page.waitForSelector("[data-testid=server-state]:not([data-state=up])");
  claims.holds(true, "an address where nobody listens is not up");
  await tab.part("url-error").getByText("127.0.0.1:1").waitFor();
  claims.holds(true, "the dialog is back and says so");
  await visits.look(tab, "another server");
  await connect(visits.webSocketUrl);
  await tab.isUp();
  const printed = await tab.printed("publish-subscribe");
  claims.equal(printed.lines, exampleOutputs["publish-subscribe"].lines, "an example runs there");
  await tab.printed("stream-limits");
  await tab.show("streams");
  await tab.waitForStream("READINGS", "1,000");
  claims.holds(true, "without monitoring its streams are shown all the same");
  await tab.page.waitForFunction(() =>
    document.querySelector("[data-testid=published-rate]").textContent === "0/s");
  claims.holds(true, "and what the page asks for that is not counted");
  await tab.part("server-url").click();
  await tab.part("monitoring-input").fill("http://127.0.0.1:1");
  await tab.part("url-connect").click();
  await tab.page.getByText("monitoring address does not answer").waitFor();
  await tab.page.waitForSelector('[data-testid=streams] [data-stream="READINGS"]');
  claims.holds(true, "monitoring that does not answer is said to, and done without");
}

export async function withoutOpfsThePageSaysSo(claims, visits) {
  const expected = /Cross-Origin-Opener-Policy header has been ignored/;
  const tab = await visits.open(claims, { url: visits.insecureUrl, expected });
  await tab.isUp();
  const state = await tab.state();
  claims.holds(state.includes("until the tab closes"), "it says how long streams are kept", state);
  await tab.waitForLine("°C");
  claims.holds(true, "and the example runs");
}

export async function keysAlone(claims, visits) {
  const tab = await visits.open(claims, { at: "#publish-subscribe" });
  await tab.isUp();
  await tab.part("editor").locator(".cm-content").click();
  await tab.page.keyboard.press("Control+Enter");
  claims.equal(await tab.outcome(), "finished", "Ctrl+Enter runs the example");
  await tab.open("reconnect");
  await tab.part("editor").locator(".cm-content").click();
  await tab.page.keyboard.press("Control+Enter");
  await tab.waitForLine("connected");
  await tab.page.keyboard.press("Escape");
  claims.equal(await tab.outcome(), "stopped", "Escape stops it");
}

export async function darkAndSmall(claims, visits) {
  const tab = await visits.open(claims);
  await tab.page.emulateMedia({ colorScheme: "dark" });
  await tab.isUp();
  await tab.waitForLine("°C");
  const theme = () => tab.page.evaluate(() => document.documentElement.dataset.theme);
  claims.equal(await theme(), "dark", "the system's preference counts");
  await visits.look(tab, "dark");
  await tab.part("theme").click();
  claims.equal(await theme(), "light", "until the visitor has another");
  await tab.page.reload();
  claims.equal(await theme(), "light", "which is remembered");
  await tab.page.setViewportSize({ width: 375, height: 800 });
  await tab.isUp();
  for (const pane of ["examples", "code", "output", "live"]) {
    await tab.part(`pane-${pane}`).click();
    const isWide = await tab.page.evaluate(() =>
      document.documentElement.scrollWidth > document.documentElement.clientWidth);
    claims.holds(!isWide, `on a phone, ${pane} fits the screen`);
    await visits.look(tab, `phone ${pane}`);
  }
}

// Last, for it takes the daemon away.
export async function itWorksOffline(claims, visits) {
  const tab = await visits.open(claims, { expected: /ERR_CONNECTION|Failed to fetch/ });
  await tab.isUp();
  await tab.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await visits.stopDaemon();
  await tab.page.reload();
  await tab.isUp();
  await tab.waitForLine("°C");
  claims.holds(true, "a reload without a network has the page and its server");
  const printed = await tab.printed("stream-limits");
  claims.equal(printed.outcome, "finished", "an example runs");
  await visits.look(tab, "offline");
}
