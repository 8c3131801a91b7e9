// What a host of the module does, from the first byte to the second start: it shows the calls of
// hosts/browser/exports.cc as much as it tests them.
//
//     node tests/browser/smoke.mjs build/wasm/bin/myelin.wasm
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { Host, MemorySlot } from "./host.mjs";

const module = new WebAssembly.Module(readFileSync(argv[2]));
const connect = 'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nPING\r\n';

function request(link, subject, body) {
  link.send(`PUB ${subject} reply ${body.length}\r\n${body}\r\n`);
  return link.received();
}

function publishesAndSubscribes() {
  const host = new Host(module);
  host.start("server_name: tab");
  const one = host.connect();
  const info = one.received();
  assert.match(info, /^INFO \{.*"server_name":"tab".*\} \r\n$/);
  assert.doesNotMatch(info, /"jetstream":true/);
  assert.equal(host.identity.name, "tab");
  assert.match(info, new RegExp(`"server_id":"${host.identity.id}"`));
  one.send(connect);
  assert.equal(one.received(), "PONG\r\n");
  one.send("SUB greet.* 7\r\nPUB greet.me 5\r\nhello\r\n");
  assert.equal(one.received(), "MSG greet.me 7 5\r\nhello\r\n");

  const report = host.query("/varz");
  assert.equal(report.status, 200);
  assert.equal(JSON.parse(report.text).connections, 1);
  assert.equal(host.query("/nothing").status, 404);

  host.stop();
  assert.equal(one.ended, "Server Shutdown");
}

function saysWhatIsWrong() {
  const starts = (config) => () => new Host(module).start(config);
  assert.throws(starts("jetstream {\n  max_mem: many\n}"), /^Error: config:2:3: max_mem/);
  assert.throws(starts("tls { cert_file: a, key_file: b }"), /tls/);
  assert.throws(starts("include other.conf"), /no files here/);
  assert.throws(
    starts('authorization { user: a, password: "$2a$04$AAAAAAAAAAAAAAAAAAAAAA" }'),
    /bcrypt/,
  );
  const host = new Host(module);
  host.start("port: 5555\nhttp_port: 8222");
  const warnings = host.log.filter(([level]) => level === 3).map(([, line]) => line);
  assert.equal(warnings.length, 2);
  assert.throws(() => host.reload("max_payload: lots"), /config:1:/);
}

function keepsStreams() {
  const order = "one coffee, ".repeat(50);
  const slots = Array.from({ length: 8 }, () => new MemorySlot());
  const first = new Host(module, slots);
  first.start("jetstream {}");
  const one = first.connect();
  one.send(connect);
  one.send("SUB reply 1\r\n");
  one.received();
  const made = request(
    one,
    "$JS.API.STREAM.CREATE.ORDERS",
    '{"name":"ORDERS","subjects":["orders.>"],"storage":"file","compression":"s2"}',
  );
  assert.match(made, /"name":"ORDERS"/);
  const flushes = () => slots.reduce((sum, slot) => sum + slot.flushes, 0);
  const before = flushes();
  assert.match(request(one, "orders.new", order), /\{"stream":"ORDERS",\s?"seq":1\}/);
  assert.ok(flushes() > before, "acknowledged means flushed");
  // The page is gone without a word.
  const second = new Host(module, slots);
  second.start("jetstream {}");
  const other = second.connect();
  other.send(connect);
  other.send("SUB reply 1\r\n");
  other.received();
  const found = request(other, "$JS.API.STREAM.MSG.GET.ORDERS", '{"seq":1}');
  assert.equal(
    Buffer.from(/"data":"([^"]+)"/.exec(found)[1], "base64").toString(),
    order,
  );
  second.stop();
}

publishesAndSubscribes();
saysWhatIsWrong();
keepsStreams();
console.log("ok");
