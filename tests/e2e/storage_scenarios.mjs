// Streams on the browser's disk (OPFS): what was acknowledged is there, whatever happens to the
// page, the browser or the disk.

import { upTo } from "./pages.mjs";

const onDisk = { storage: "opfs" };

export async function aStreamSurvivesReloads(claims, pages) {
  const tab = await pages.open(claims);
  const info = await tab.start(onDisk);
  claims.equal([info.storage, info.role], ["opfs", "leader"], "it starts on the disk");
  await tab.run("addStream", "kept");
  for (const round of [1, 2, 3]) {
    const published = await tab.run("publish", "kept", 200);
    claims.equal(published, { stored: 200 }, `round ${round} is stored`);
    await tab.reload();
    await tab.start(onDisk);
    const { messages, last_seq } = await tab.run("state", "kept");
    claims.equal([messages, last_seq], [200 * round, 200 * round], "all is there after a reload");
  }
  const wanted = [...upTo(200), ...upTo(200), ...upTo(200)];
  claims.equal(await tab.run("numbers", "kept"), wanted, "in order, whole");
}

export async function aServerStopsAndStartsAgain(claims, pages) {
  const tab = await pages.open(claims);
  await tab.start(onDisk);
  await tab.run("addStream", "kept");
  await tab.run("publish", "kept", 50);
  await tab.evaluate(() => server.stop());
  await tab.start(onDisk);
  claims.equal(await tab.run("numbers", "kept"), upTo(50), "a stream outlives its server");
}

// The browser's processes are killed while a tab publishes as fast as it can.
export async function aStreamSurvivesAKilledBrowser(claims, pages) {
  const { browser } = pages;
  const tab = await pages.open(claims);
  await tab.start(onDisk);
  await tab.run("addStream", "kept");
  let stored = 0;
  const isEnough = new Promise((resolve) => {
    tab.page.exposeFunction("onStored", (count) => {
      stored = count;
      if (count >= 2000) resolve();
    });
  });
  await tab.page.waitForFunction(() => globalThis.onStored);
  tab.evaluate(async () => {
    for (let count = 0; ; count += 100) {
      await publish("kept", 100);
      onStored(count + 100);
    }
  }).catch(() => {});
  await isEnough;
  await browser.kill();
  await browser.start();
  const again = await pages.open(claims);
  await again.start(onDisk);
  const { messages, last_seq } = await again.run("state", "kept");
  claims.holds(messages >= stored, "what was acknowledged is there", `${messages} of ${stored}`);
  claims.equal(messages, last_seq, "without a gap");
}

export async function aFullDiskRefusesAndLosesNothing(claims, pages) {
  const { browser } = pages;
  const tab = await pages.open(claims);
  await tab.start(onDisk);
  await tab.run("addStream", "kept");
  await tab.run("publish", "kept", 100);
  const { usage } = await tab.evaluate(() => navigator.storage.estimate());
  const makeRoom = await browser.limitStorage(tab.page, usage + 4 * 1024 * 1024);
  const full = await tab.run("publish", "kept", 1000, 32 * 1024);
  claims.holds(full.refusal !== undefined, "a publish is refused", JSON.stringify(full));
  claims.holds(full.stored > 50, "those before it are not", `${full.stored} were stored`);
  const { messages } = await tab.run("state", "kept");
  claims.equal(messages, 100 + full.stored, "what was acknowledged is there, and nothing else");
  const greeting = await tab.evaluate(async () => {
    nc.subscribe("greet", { callback: (_, message) => message.respond("hello") });
    return (await nc.request("greet")).string();
  });
  claims.equal(greeting, "hello", "messages that are not stored still pass");
  await makeRoom();
  claims.equal(await tab.run("publish", "kept", 10), { stored: 10 }, "with room it stores again");
  await tab.reload();
  await tab.start(onDisk);
  const after = await tab.run("state", "kept");
  claims.equal(after.messages, messages + 10, "all of it is there after a reload");
  claims.equal(after.last_seq, after.messages, "without a gap");
}

// Where in which file of the origin's storage a text is.
const findInFiles = async (text) => {
  const wanted = new TextEncoder().encode(text);
  const found = [];
  const search = async (folder, path) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === "directory") {
        await search(handle, [...path, name]);
        continue;
      }
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      const isAt = (at) => wanted.every((byte, index) => bytes[at + index] === byte);
      for (let at = bytes.indexOf(wanted[0]); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
        if (!isAt(at)) continue;
        found.push({ path: [...path, name], at, size: bytes.length });
        break;
      }
    }
  };
  await search(await navigator.storage.getDirectory(), []);
  return found;
};

const overwrite = async ({ path, at, text }) => {
  let folder = await navigator.storage.getDirectory();
  for (const name of path.slice(0, -1)) folder = await folder.getDirectoryHandle(name);
  const file = await folder.getFileHandle(path.at(-1));
  const writable = await file.createWritable({ keepExistingData: true });
  await writable.write({ type: "write", position: at, data: text });
  await writable.close();
};

// A tab with two streams of a hundred messages, one of which ends in a text that can be found.
async function withMarkedStream(claims, pages) {
  const tab = await pages.open(claims);
  await tab.start(onDisk);
  for (const name of ["hurt", "whole"]) {
    await tab.run("addStream", name);
    await tab.run("publish", name, 100);
  }
  await tab.evaluate(() => js.publish("hurt.mark", "a text to be found"));
  return tab;
}

export async function aDamagedRecordIsSaidAndTheRestIsServed(claims, pages) {
  const tab = await withMarkedStream(claims, pages);
  await tab.run("publish", "hurt", 100);
  await tab.evaluate(() => server.stop());
  const [mark] = await tab.evaluate(findInFiles, "a text to be found");
  claims.holds(mark, "a message is in a file");
  await tab.evaluate(overwrite, { ...mark, text: "scribbled over it!" });
  await tab.start(onDisk);
  claims.equal(await tab.run("numbers", "whole"), upTo(100), "other streams are whole");
  const others = [...upTo(100), ...upTo(100)];
  claims.equal(await tab.run("numbers", "hurt"), others, "and all but one of the damaged one's");
  const { messages, lost } = await tab.run("state", "hurt");
  claims.equal([messages, lost?.msgs], [200, [101]], "which says what is lost");
  claims.equal(await tab.run("publish", "hurt", 10), { stored: 10 }, "it goes on");
}

export async function aFileWithADamagedHeadIsLostAlone(claims, pages) {
  const tab = await withMarkedStream(claims, pages);
  await tab.evaluate(() => server.stop());
  const [mark] = await tab.evaluate(findInFiles, "a text to be found");
  await tab.evaluate(overwrite, { ...mark, at: 0, text: "no head of a slot".padEnd(4096) });
  const info = await tab.start(onDisk);
  claims.equal(info.storage, "opfs", "the server starts");
  claims.equal(await tab.run("numbers", "whole"), upTo(100), "other streams are whole");
  const said = await tab.evaluate(() => logged.join("\n"));
  claims.holds(/slot|damage|corrupt|lost/i.test(said), "the log says so", said);
}
