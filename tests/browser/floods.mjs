// A page that asks for more memory than there is: it is told, nothing is lost that was
// acknowledged, the heap stays within its bound, and when the flood is over all is as before.
//
//     node tests/browser/floods.mjs build/wasm/bin/myelin.wasm
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { Host, MemorySlot } from "./host.mjs";

const module = new WebAssembly.Module(readFileSync(argv[2]));
const connect = 'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nPING\r\n';
const memoryMax = 32 * 2 ** 20;

function begin(config, slots = []) {
  const host = new Host(module, slots);
  host.start(config, { memoryMax });
  return host;
}

function client(host) {
  const link = host.connect();
  link.send(connect);
  assert.match(link.received(), /PONG/);
  return link;
}

function request(link, subject, body) {
  link.send(`PUB ${subject} reply ${body.length}\r\n${body}\r\n`);
  return link.received();
}

function stillServes(host) {
  const link = client(host);
  link.send("SUB still.here 1\r\nPUB still.here 2\r\nok\r\n");
  assert.equal(link.received(), "MSG still.here 1 2\r\nok\r\n");
  link.close();
}

/** Whoever does not read is cut off, and those who publish wait until then. */
function deafSubscribers() {
  const host = begin("max_pending: 8MB");
  const deaf = Array.from({ length: 20 }, () => {
    const link = client(host);
    link.isReading = false;
    return link.send("SUB flood 1\r\n");
  });
  const publisher = client(host);
  const bytes = `PUB flood 1000\r\n${"x".repeat(1000)}\r\n`.repeat(60);
  for (let sent = 0; sent < 400; sent++) {
    publisher.send(bytes);
    assert.ok(host.memoryInUse < memoryMax, `${host.memoryInUse} bytes in use`);
    // A page's side of the link stops when it is told to.
    while (publisher.isPaused && host.advance());
  }
  assert.ok(deaf.every((link) => link.ended !== null));
  assert.equal(publisher.ended, null);
  stillServes(host);
  host.stop();
}

/** Who goes on sending though it is not read is ended. */
function deafPublisher() {
  const host = begin("max_pending: 30MB");
  const deaf = client(host);
  deaf.isReading = false;
  deaf.send("SUB flood 1\r\n");
  const publisher = client(host);
  const bytes = `PUB flood 1000\r\n${"x".repeat(1000)}\r\n`.repeat(60);
  for (let sent = 0; sent < 1000 && publisher.ended === null; sent++) publisher.send(bytes);
  assert.notEqual(publisher.ended, null);
  assert.ok(host.memoryInUse < memoryMax, `${host.memoryInUse} bytes in use`);
  deaf.close();
  stillServes(host);
  host.stop();
}

function manyLinks() {
  const host = begin("max_connections: 65536");
  const links = [];
  let refusal = "";
  while (refusal === "" && links.length < 65536) {
    try {
      links.push(host.connect());
    } catch (error) {
      refusal = error.message;
    }
  }
  assert.match(refusal, /^-ERR 'Maximum Memory Exceeded'/);
  assert.ok(host.memoryInUse < memoryMax);
  for (const link of links) link.close();
  stillServes(host);
  host.stop();
}

function manySubscriptions() {
  const host = begin("");
  const subscriptions = () =>
    Number(host.query("/subsz").text.match(/"num_subscriptions":\s*(\d+)/)[1]);
  const before = subscriptions();
  const greedy = client(host);
  for (let sid = 1; greedy.ended === null && sid < 10_000_000; ) {
    let bytes = "";
    for (let count = 0; count < 500; count++, sid++) bytes += `SUB some.subject.${sid} ${sid}\r\n`;
    greedy.send(bytes);
  }
  assert.match(greedy.received(), /-ERR 'maximum subscriptions exceeded'/);
  assert.ok(host.memoryInUse < memoryMax);
  while (subscriptions() > before) host.advance();
  stillServes(host);
  host.stop();
}

/** Until the answer is an error; how many were taken before. */
function fill(link, next) {
  for (let taken = 0; taken < 10_000_000; ) {
    const answer = next(link);
    taken += answer.split(/"seq":\s?[1-9]/).length - 1;
    if (answer.includes('"error"')) return [taken, answer];
  }
  throw new Error("it takes everything");
}

function publishes(subjectOf, body) {
  let number = 0;
  return (link) => {
    let bytes = "";
    for (let count = 0; count < 200; count++) {
      bytes += `PUB ${subjectOf(++number)} reply ${body.length}\r\n${body}\r\n`;
    }
    link.send(bytes);
    return link.received();
  };
}

/** A stream that grows and grows: `storage`, many subjects, small messages. */
function largeStream(storage, config, slots) {
  const host = begin(config, slots);
  const link = client(host);
  link.send("SUB reply 1\r\n");
  const definition = { name: "S", subjects: ["s.>"], storage };
  assert.match(request(link, "$JS.API.STREAM.CREATE.S", JSON.stringify(definition)), /"config"/);
  const [taken, answer] = fill(link, publishes((number) => `s.${number}.a.b.c`, "x"));
  assert.match(answer, /insufficient resources/);
  assert.ok(taken > 1000, `${taken} were taken`);
  assert.ok(host.memoryInUse < memoryMax, `${host.memoryInUse} bytes in use`);
  // Everything that was acknowledged is there.
  const info = JSON.parse(
    request(link, "$JS.API.STREAM.INFO.S", "").split("\r\n").slice(1).join(""),
  );
  assert.equal(info.state.messages, taken);
  const denied = request(link, "$JS.API.STREAM.CREATE.T", '{"name":"T","subjects":["t"]}');
  // What is let go of makes room.
  assert.match(request(link, "$JS.API.STREAM.PURGE.S", ""), /"success":\s?true/);
  assert.match(publishes((number) => `s.again.${number}`, "x")(link), /"seq":/);
  stillServes(host);
  host.stop();
  return denied;
}

const tests = {
  deafSubscribers,
  deafPublisher,
  manyLinks,
  manySubscriptions,
  memoryStream: () => largeStream("memory", "jetstream {}"),
  memoryStreamWithoutBound: () =>
    assert.match(largeStream("memory", "jetstream { max_mem: 1GB }"), /insufficient memory/),
  fileStreamInMemory: () => largeStream("file", "jetstream {}"),
  fileStreamInSlots: () =>
    assert.match(
      largeStream("file", "jetstream {}", Array.from({ length: 8 }, () => new MemorySlot())),
      /insufficient memory/,
    ),
};
for (const [name, test] of Object.entries(tests)) {
  test();
  console.log(`ok ${name}`);
}
