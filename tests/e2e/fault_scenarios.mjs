// What a page may do wrong, and what its browser may lack: each is said clearly, and nothing else
// suffers.

const onDisk = { storage: "opfs" };

export async function aServerInMemory(claims, pages) {
  const tab = await pages.open(claims);
  const info = await tab.start({ storage: "memory" });
  claims.equal([info.storage, info.role], ["memory", "leader"], "it starts");
  const answer = await tab.evaluate(async () => {
    const greet = (_, message) => message.respond(`hello, ${message.string()}`);
    nc.subscribe("greet", { callback: greet });
    return (await nc.request("greet", "Ann")).string();
  });
  claims.equal(answer, "hello, Ann", "nats.js asks and answers");
  const varz = await tab.evaluate(() => server.report("/varz"));
  claims.equal(varz.server_id, info.id, "it reports on itself");
  const isClosed = await tab.evaluate(async () => {
    const closed = new Promise((resolve) => server.addEventListener("closed", () => resolve(true)));
    await server.stop();
    return closed;
  });
  claims.holds(isClosed, "it stops, and says that it has");
}

export async function withoutOpfsStreamsAreInMemory(claims, pages) {
  // Pages are not isolated from other origins there, either, and the browser says so.
  const expected = /Cross-Origin-Opener-Policy header has been ignored/;
  const tab = await pages.open(claims, { url: pages.insecureUrl, expected });
  const info = await tab.start(onDisk);
  claims.equal(info.storage, "memory", "it says that it has no disk");
  const said = await tab.evaluate(() => logged.join("\n"));
  claims.holds(/memory/.test(said), "the log says so, too", said);
  await tab.run("addStream", "kept");
  claims.equal(await tab.run("publish", "kept", 100), { stored: 100 }, "streams work");
}

// As in a private window of some browsers: the file system is there, and refuses.
export async function whereOpfsRefusesStreamsAreInMemory(claims, pages) {
  const tab = await pages.open(claims);
  await tab.page.route("**/worker.js", async (route) => {
    const url = new URL(route.request().url());
    url.hostname = "127.0.0.1"; // the names of the scenarios' origins are for browsers alone
    const response = await route.fetch({ url: url.href });
    const refusing = `StorageManager.prototype.getDirectory = () =>
      Promise.reject(new DOMException("not in a private window", "SecurityError"));`;
    await route.fulfill({ response, body: `${refusing}\n${await response.text()}` });
  });
  const info = await tab.start(onDisk);
  claims.equal(info.storage, "memory", "it says that it has no disk");
  const said = await tab.evaluate(() => logged.join("\n"));
  claims.holds(/not in a private window/.test(said), "the log says why", said);
  await tab.run("addStream", "kept");
  claims.equal(await tab.run("publish", "kept", 100), { stored: 100 }, "streams work");
}

export async function aSecondServerOnTheSameDiskIsRefused(claims, pages) {
  const options = { ...onDisk, shared: false };
  const ann = await pages.open(claims);
  const bob = await pages.open(claims);
  claims.equal((await ann.start(options)).role, "leader", "the first starts");
  const refused = await bob.run("failureToStart", options);
  claims.equal(refused.code, "storage_locked", "the second is refused");
  claims.holds(/another server/.test(refused.message), "and told why", refused.message);
  await ann.evaluate(() => server.stop());
  claims.equal((await bob.start(options)).storage, "opfs", "once the first has stopped it may");
}

export async function aConfigurationWithErrorsIsRefused(claims, pages) {
  const tab = await pages.open(claims);
  const config = "jetstream {}\nmax_payload: lots\n";
  const refused = await tab.run("failureToStart", { storage: "memory", config });
  claims.equal(refused.code, "config", "it does not start");
  claims.holds(/\b2:\d+/.test(refused.problems?.[0] ?? ""), "and says where the error is",
               JSON.stringify(refused));
  const broken = await tab.run("failureToStart", { storage: "memory", config: "jetstream {\n" });
  claims.equal(broken.code, "config", "nor with an error of syntax");
  claims.holds(/line 2\b/.test(broken.message), "which has its place, too", broken.message);
  claims.equal((await tab.start({ storage: "memory" })).role, "leader", "the next one starts");
  const reloaded = await tab.evaluate(() => failure(() => server.reload("max_payload: lots")));
  claims.equal(reloaded.code, "config", "nor is it reloaded");
}

// A socket of the page's own publishes without end and never reads; beside it, others go on.
export async function aPageThatFloodsIsHeldBack(claims, pages) {
  const tab = await pages.open(claims);
  await tab.start({ storage: "memory" });
  const flood = await tab.evaluate(async () => {
    const socket = server.socket();
    socket.binaryType = "arraybuffer";
    await new Promise((resolve) => { socket.onopen = resolve; });
    const text = (words) => new TextEncoder().encode(words).buffer;
    socket.send(text('CONNECT {"verbose":false}\r\nSUB flood 1\r\n'));
    const message = `PUB flood 1000\r\n${"x".repeat(1000)}\r\n`.repeat(1000);
    const bytes = text(message);
    let sent = 0;
    for (; sent < 100; ++sent) socket.send(bytes.slice(0));
    const queued = socket.bufferedAmount;
    const begun = performance.now();
    nc.subscribe("greet", { callback: (_, asked) => asked.respond("hello") });
    const answer = (await nc.request("greet", "", { timeout: 5000 })).string();
    const waited = performance.now() - begun;
    while (socket.bufferedAmount > 0 && socket.readyState === 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { mem } = await server.report("/varz");
    socket.close();
    return { queued, answer, waited, mem };
  });
  claims.holds(flood.queued > 50_000_000, "what the server has not taken waits in the page",
               `${flood.queued}`);
  claims.equal(flood.answer, "hello", `another client is served meanwhile`);
  claims.holds(flood.mem < 200_000_000, "the server's memory stays bounded", `${flood.mem}`);
  console.log(`     the other waited ${Math.round(flood.waited)} ms`);
}

export async function garbageClosesItsLinkAlone(claims, pages) {
  const tab = await pages.open(claims);
  await tab.start({ storage: "memory" });
  const closed = await tab.evaluate(async () => {
    const socket = server.socket();
    socket.binaryType = "arraybuffer";
    const said = [];
    socket.onmessage = ({ data }) => said.push(new TextDecoder().decode(data));
    const end = new Promise((resolve) => { socket.onclose = resolve; });
    await new Promise((resolve) => { socket.onopen = resolve; });
    socket.send(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n").buffer);
    await end;
    return said.join("");
  });
  claims.holds(closed.includes("-ERR"), "what is no protocol is refused", closed);
  claims.holds(await tab.evaluate(() => nc.flush().then(() => true)), "others do not notice");
}
