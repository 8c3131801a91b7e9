// What the module does without a client library: messages a second through its calls, and how long
// it takes to recover a large stream. Slots are in memory, so that no disk is measured.
//
//     node tests/browser/speed.mjs build/wasm/bin/myelin.wasm [messages]
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { performance } from "node:perf_hooks";
import { Host, MemorySlot } from "./host.mjs";

const module = new WebAssembly.Module(readFileSync(argv[2]));
const count = Number(argv[3] ?? 1_000_000);
const connect = 'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nPING\r\n';
const piece = 500;

function seconds(deed) {
  const begun = performance.now();
  deed();
  return (performance.now() - begun) / 1000;
}

function rate(what, messages, taken) {
  const perSecond = Math.round(messages / taken).toLocaleString("en");
  console.log(`${what.padEnd(44)} ${taken.toFixed(2)} s  ${perSecond} msgs/s`);
}

function client(host) {
  const link = host.connect();
  link.send(connect);
  return link;
}

/** `piece` publishes of 16 bytes, as a client would send them together. */
function publishes(subject, reply = "") {
  const one = `PUB ${subject}${reply && ` ${reply}`} 16\r\n0123456789abcdef\r\n`;
  return Buffer.from(one.repeat(piece));
}

function request(link, subject, body) {
  link.received();
  link.send(`PUB ${subject} reply ${body.length}\r\n${body}\r\n`);
  const answer = link.received();
  if (answer.includes('"error"') || !answer.includes('"type"')) throw new Error(answer);
}

function publishAndSubscribe() {
  const host = new Host(module);
  host.start("");
  const publisher = client(host);
  const subscriber = client(host);
  subscriber.send("SUB greet.* 1\r\n");
  const bytes = publishes("greet.me");
  const taken = seconds(() => {
    for (let sent = 0; sent < count; sent += piece) {
      publisher.send(bytes);
      subscriber.skip();
    }
  });
  if (subscriber.total < 34 * count) throw new Error(`only ${subscriber.total} bytes came`);
  rate("published and delivered", count, taken);
  host.stop();
}

function storeAndRecover() {
  const slots = Array.from({ length: 16 }, () => new MemorySlot());
  const host = new Host(module, slots);
  host.start("jetstream {}");
  const publisher = client(host);
  publisher.send("SUB reply 1\r\n");
  request(publisher, "$JS.API.STREAM.CREATE.S", '{"name":"S","subjects":["s.>"]}');
  const bytes = publishes("s.one", "reply");
  const taken = seconds(() => {
    for (let sent = 0; sent < count; sent += piece) {
      publisher.send(bytes);
      publisher.skip();
    }
  });
  rate("stored, synced and acknowledged, 500 at a time", count, taken);
  const memory = Math.round(host.memoryInUse / 2 ** 20);
  console.log(`${"heap in use with them".padEnd(44)} ${memory} MiB`);

  let again;
  // After a crash there is no snapshot of the index, or an old one.
  rate("recovered after a crash", count, seconds(() => (again = start(slots))));
  rate("read by a consumer", count, seconds(() => readAll(again)));
  again.stop();
  rate("recovered after a stop", count, seconds(() => (again = start(slots))));
  again.stop();
}

function start(slots) {
  const host = new Host(module, slots);
  host.start("jetstream {}");
  return host;
}

function readAll(host) {
  const reader = client(host);
  reader.send("SUB in 1\r\nSUB reply 2\r\n");
  const config = '{"deliver_subject":"in","ack_policy":"none"}';
  request(reader, "$JS.API.CONSUMER.CREATE.S", `{"stream_name":"S","config":${config}}`);
  while (reader.total < 60 * count && reader.ended === null && host.advance()) reader.skip();
  if (reader.ended !== null) throw new Error(reader.ended);
}

publishAndSubscribe();
storeAndRecover();
