// Tabs of one origin, which share one server: the first leads, and when it is gone another does.

import { upTo } from "./pages.mjs";

const onDisk = { storage: "opfs" };

async function twoTabs(claims, pages, options) {
  const ann = await pages.open(claims);
  const bob = await pages.open(claims);
  const [first, second] = [await ann.start(options), await bob.start(options)];
  claims.equal([first.role, second.role], ["leader", "follower"], "the first tab leads");
  claims.equal(second.id, first.id, "both have the same server");
  return [ann, bob];
}

const isNowLeader = (tab) => tab.page.waitForFunction(() => server.info.role === "leader");

export async function twoTabsShareAServer(claims, pages) {
  const [ann, bob] = await twoTabs(claims, pages, onDisk);
  await ann.run("addStream", "shared");
  await bob.evaluate(() => {
    globalThis.heard = new Promise((resolve) => {
      nc.subscribe("greet", { max: 1, callback: (_, message) => resolve(message.string()) });
    });
    return nc.flush();
  });
  await ann.evaluate(() => nc.publish("greet", "hello from Ann"));
  claims.equal(await bob.evaluate(() => heard), "hello from Ann", "what one says the other hears");
  claims.equal(await bob.run("publish", "shared", 1000), { stored: 1000 }, "a follower stores");
  claims.equal(await ann.run("numbers", "shared"), upTo(1000), "the leader reads it");
  claims.equal(await bob.run("numbers", "shared"), upTo(1000), "the follower, too");
  const connections = () => ann.evaluate(async () => (await server.report("/connz")).connections);
  claims.equal((await connections()).length, 2, "the server knows both");
  await bob.page.close();
  await ann.page.waitForFunction(async () => (await server.report("/connz")).num_connections === 1);
  claims.holds(true, "it notices that a tab is closed");
}

async function anotherTakesOver(claims, pages, leave) {
  const [ann, bob] = await twoTabs(claims, pages, onDisk);
  await ann.run("addStream", "shared");
  await ann.run("publish", "shared", 500);
  await leave(ann.page);
  await isNowLeader(bob);
  await bob.evaluate(() => reconnected);
  claims.holds(true, "the other tab leads, and its client has reconnected");
  claims.equal(await bob.run("numbers", "shared"), upTo(500), "the stream is there");
  claims.equal(await bob.run("publish", "shared", 10), { stored: 10 }, "and goes on");
  const cid = await pages.open(claims);
  claims.equal((await cid.start(onDisk)).role, "follower", "a third tab follows the new leader");
  claims.equal((await cid.run("state", "shared")).messages, 510, "and finds the stream");
}

export function whenTheLeaderIsClosedAnotherTakesOver(claims, pages) {
  return anotherTakesOver(claims, pages, (tab) => tab.close());
}

export function whenTheLeaderIsKilledAnotherTakesOver(claims, pages) {
  return anotherTakesOver(claims, pages, (tab) => pages.browser.crash(tab));
}

export async function whenTheLeaderReloadsAnotherTakesOver(claims, pages) {
  const [ann, bob] = await twoTabs(claims, pages, onDisk);
  await bob.run("addStream", "shared");
  await bob.run("publish", "shared", 100);
  await ann.reload();
  await isNowLeader(bob);
  await bob.evaluate(() => reconnected);
  claims.equal((await ann.start(onDisk)).role, "follower", "who comes back follows");
  claims.equal(await ann.run("numbers", "shared"), upTo(100), "and finds the stream");
}

export async function aKilledFollowerIsNoticed(claims, pages) {
  const [ann, bob] = await twoTabs(claims, pages, onDisk);
  await pages.browser.crash(bob.page);
  await ann.page.waitForFunction(async () => (await server.report("/connz")).num_connections === 1);
  claims.holds(true, "its connection is closed");
}

export async function whatStrangersSayOnTheTabsChannelIsIgnored(claims, pages) {
  const [ann, bob] = await twoTabs(claims, pages, onDisk);
  await bob.evaluate(() => {
    const stranger = new BroadcastChannel("myelin myelin");
    const odd = [5, "text", null, undefined, [], {}, { leader: null }, { leader: { id: "x" } }];
    for (const message of odd) stranger.postMessage(message);
  });
  const answer = await bob.evaluate(async () => (await server.report("/varz")).server_id);
  claims.equal(answer, (await ann.evaluate(() => server.info)).id, "the server goes on");
  claims.equal(await bob.evaluate(() => server.info.id), answer, "and is known to be the same");
}

export async function streamsInMemoryEndWithTheirTab(claims, pages) {
  const [ann, bob] = await twoTabs(claims, pages, { storage: "memory", shared: true });
  await ann.run("addStream", "fleeting");
  await ann.run("publish", "fleeting", 10);
  await ann.page.close();
  await isNowLeader(bob);
  await bob.evaluate(() => reconnected);
  const names = await bob.evaluate(async () => {
    const found = [];
    for await (const name of jsm.streams.names()) found.push(name);
    return found;
  });
  claims.equal(names, [], "the new server has none, and its clients are back");
}

export async function namesKeepServersApart(claims, pages) {
  const ann = await pages.open(claims);
  const bob = await pages.open(claims);
  const one = await ann.start({ ...onDisk, name: "one" });
  const two = await bob.start({ ...onDisk, name: "two" });
  claims.equal([one.role, two.role], ["leader", "leader"], "each leads");
  await ann.run("addStream", "kept");
  const names = await bob.evaluate(async () => {
    const found = [];
    for await (const name of jsm.streams.names()) found.push(name);
    return found;
  });
  claims.equal(names, [], "neither has the other's streams");
}
