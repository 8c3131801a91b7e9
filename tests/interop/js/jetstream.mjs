// JetStream through nats.js, unmodified: streams, publishing, pull and push consumers, priority
// groups, direct gets in batches, key-value and object store.
//
// usage: node jetstream.mjs --server <path of the server's binary>

import { createHash } from "node:crypto";
import { parseArgs } from "node:util";

import { Claims, skipped } from "./claims.mjs";
import { Server } from "./server.mjs";

const { values: flags } = parseArgs({ options: { server: { type: "string" } } });
if (!flags.server) {
  console.error("usage: node jetstream.mjs --server <path of the server's binary>");
  process.exit(2);
}
function missing() {
  console.log("skipped: nats.js is not installed");
  process.exit(skipped);
}
const { connect: connectTo } = await import("@nats-io/transport-node").catch(missing);
const { headers: newHeaders, nanos } = await import("@nats-io/nats-core").catch(missing);
const { jetstream } = await import("@nats-io/jetstream").catch(missing);
const { Kvm } = await import("@nats-io/kv").catch(missing);
const { Objm } = await import("@nats-io/obj").catch(missing);

const MiB = 1 << 20;
const withJetStream = `jetstream { store_dir: "store" }`;
const range = (count) => Array.from({ length: count }, (_, index) => index);

// A connection with its JetStream client and manager; it does not reconnect unless told to.
async function connect(server, options = {}) {
  const connection = await connectTo({
    servers: server.url,
    reconnect: false,
    timeout: 5000,
    ...options,
  });
  const js = jetstream(connection, { timeout: 10_000 });
  return { connection, js, manager: await js.jetstreamManager() };
}

// The code of the API's error, or the name of another one; 0 if it goes well.
async function refused(call) {
  try {
    await call;
  } catch (error) {
    return error.code ?? error.name;
  }
  return 0;
}

async function fill(js, subject, count) {
  for (const number of range(count)) await js.publish(subject, String(number));
}

async function taken(iterator, count = Infinity) {
  const items = [];
  if (count === 0) return items;
  for await (const item of iterator) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}

const numbers = (messages) => messages.map((message) => Number(message.string()));
const seqs = (messages) => messages.map((message) => message.seq);

async function streams(claims, server) {
  const { connection, js, manager } = await connect(server);
  const config = { name: "events", subjects: ["events.>"], max_msgs: 10 };
  const made = await manager.streams.add(config);
  claims.equal(
    [made.config.retention, made.config.storage, made.config.max_msgs, made.state.messages],
    ["limits", "file", 10, 0],
    "a stream is made as it is asked for, the rest by default",
  );
  claims.equal((await manager.streams.add(config)).created, made.created, "again is no error");
  claims.equal(
    await refused(manager.streams.add({ ...config, max_msgs: 11 })),
    10058,
    "another of that name is refused",
  );
  const updated = await manager.streams.update("events", { max_msgs: 20, description: "all" });
  claims.equal(
    [updated.config.max_msgs, updated.config.description, updated.config.subjects],
    [20, "all", ["events.>"]],
    "an update changes what it names",
  );
  for (const subject of ["events.a", "events.a", "events.b"]) await js.publish(subject, "x");
  const info = await manager.streams.info("events", { subjects_filter: ">" });
  claims.equal(info.state.subjects, { "events.a": 2, "events.b": 1 }, "info counts by subject");
  await manager.streams.deleteMessage("events", 2);
  const { state } = await manager.streams.info("events", { deleted_details: true });
  claims.equal([state.messages, state.num_deleted, state.deleted], [2, 1, [2]], "and deletions");

  await manager.streams.add({ name: "other", subjects: ["other"], storage: "memory" });
  claims.equal((await taken(manager.streams.names())).sort(), ["events", "other"], "all names");
  claims.equal(await taken(manager.streams.names("other")), ["other"], "names by subject");
  const listed = await taken(manager.streams.list());
  claims.equal(listed.map((stream) => stream.config.name).sort(), ["events", "other"], "the list");
  const account = await manager.getAccountInfo();
  claims.equal([account.streams, account.consumers], [2, 0], "the account's numbers");

  claims.equal((await manager.streams.purge("events", { keep: 1 })).purged, 1, "a purge says");
  claims.equal((await manager.streams.purge("events")).purged, 1, "how many it took");
  for (const name of ["events", "other"]) await manager.streams.delete(name);
  claims.equal(await refused(manager.streams.info("events")), 10059, "deleted is not found");
  await connection.close();
}

async function publishing(claims, server) {
  const { connection, js, manager } = await connect(server);
  await manager.streams.add({ name: "orders", subjects: ["orders.*"] });
  const first = await js.publish("orders.new", "1", { msgID: "one" });
  claims.equal([first.stream, first.seq, first.duplicate], ["orders", 1, false], "an ack");
  const again = await js.publish("orders.new", "1", { msgID: "one" });
  claims.equal([again.seq, again.duplicate], [1, true], "a message id is taken once");
  for (const [expect, code, what] of [
    [{ streamName: "others" }, 10060, "another stream"],
    [{ lastMsgID: "two" }, 10070, "another last id"],
    [{ lastSequence: 7 }, 10071, "another last sequence"],
    [{ lastSubjectSequence: 7 }, 10071, "another last sequence of the subject"],
  ]) {
    claims.equal(await refused(js.publish("orders.new", "", { expect })), code, what);
  }
  const expect = { streamName: "orders", lastMsgID: "one", lastSequence: 1 };
  claims.equal((await js.publish("orders.new", "2", { expect })).seq, 2, "what is expected");
  const elsewhere = {
    lastSubjectSequence: 2,
    lastSubjectSequenceSubject: "orders.new",
  };
  claims.equal(
    (await js.publish("orders.paid", "", { expect: elsewhere })).seq,
    3,
    "the last sequence of another subject may be expected",
  );
  const acks = await Promise.all(range(500).map((n) => js.publish("orders.bulk", String(n))));
  claims.equal(acks.map((ack) => ack.seq), range(500).map((n) => n + 4), "500 at once");
  const nowhere = await refused(js.publish("nowhere", ""));
  claims.equal(nowhere, "JetStreamNotEnabled", "a subject of no stream");

  await manager.streams.add({ name: "brief", subjects: ["brief"], allow_msg_ttl: true });
  await js.publish("brief", "", { ttl: "1s" });
  await js.publish("brief", "");
  let left = 2;
  while (left === 2) left = (await manager.streams.info("brief")).state.messages;
  const { state } = await manager.streams.info("brief");
  claims.equal([state.messages, state.first_seq], [1, 2], "a message with a TTL goes");
  await manager.streams.delete("brief");
  await manager.streams.delete("orders");
  await connection.close();
}

async function directGets(claims, server) {
  const { connection, js, manager } = await connect(server);
  await manager.streams.add({ name: "direct", subjects: ["d.*"], allow_direct: true });
  for (const subject of ["d.a", "d.b", "d.a", "d.c", "d.b"]) {
    const headers = newHeaders();
    headers.set("Of", subject);
    await js.publish(subject, `of ${subject}`, { headers });
  }
  const show = (message) => message && [message.seq, message.subject, message.string()];
  for (const [how, get] of [
    ["directly", (query) => manager.direct.getMessage("direct", query)],
    ["by the API", (query) => manager.streams.getMessage("direct", query)],
  ]) {
    claims.equal(show(await get({ seq: 2 })), [2, "d.b", "of d.b"], `one by sequence ${how}`);
    claims.equal(show(await get({ last_by_subj: "d.a" }))[0], 3, `the last of a subject ${how}`);
    claims.equal(show(await get({ seq: 3, next_by_subj: "d.b" }))[0], 5, `the next one ${how}`);
    claims.equal((await get({ seq: 1 })).header.get("Of"), "d.a", `its headers ${how}`);
    claims.equal(await get({ seq: 9 }), null, `none ${how}`);
  }
  const batch = async (options) => {
    return seqs(await taken(await manager.direct.getBatch("direct", options)));
  };
  claims.equal(await batch({ seq: 2, batch: 3 }), [2, 3, 4], "a batch from a sequence");
  claims.equal(await batch({ seq: 1, batch: 9, next_by_subj: "d.b" }), [2, 5], "of one subject");
  claims.equal(await batch({ seq: 4, batch: 9 }), [4, 5], "up to the end");
  const last = await manager.direct.getLastMessagesFor("direct", { multi_last: ["d.*"] });
  claims.equal(seqs(await taken(last)), [3, 4, 5], "the last of each of many subjects");
  const then = await manager.direct.getLastMessagesFor("direct", {
    multi_last: ["d.a", "d.b"],
    up_to_seq: 4,
  });
  claims.equal(seqs(await taken(then)), [2, 3], "as of an earlier time");
  await manager.streams.delete("direct");
  await connection.close();
}

async function pullConsumers(claims, server) {
  const { connection, js, manager } = await connect(server);
  await manager.streams.add({ name: "pull", subjects: ["pull.*"] });
  await fill(js, "pull.a", 20);
  await manager.consumers.add("pull", { durable_name: "worker", ack_policy: "explicit" });
  const worker = await js.consumers.get("pull", "worker");
  const first = await worker.next();
  claims.equal(
    [first.string(), first.info.stream, first.info.consumer, first.info.pending],
    ["0", "pull", "worker", 19],
    "next brings one, which says where it stands",
  );
  claims.equal(await first.ackAck(), true, "its acknowledgement is confirmed");
  const fetched = await taken(await worker.fetch({ max_messages: 5, expires: 1000 }));
  claims.equal(numbers(fetched), [1, 2, 3, 4, 5], "fetch brings as many as asked for");
  for (const message of fetched) message.ack();
  const sized = [];
  const fetchBytes = async () => {
    const messages = await worker.fetch({ max_bytes: 200, expires: 1000 });
    for await (const message of messages) sized.push(message);
  };
  claims.equal(await refused(fetchBytes()), 409, "a fetch by bytes ends at one too large");
  claims.holds(sized.length > 0 && sized.length < 14, "and has what fits", String(sized.length));
  for (const message of sized) message.ack();
  const rest = 14 - sized.length;
  const consumed = await taken(await worker.consume({ max_messages: 4 }), rest);
  claims.equal(numbers(consumed), range(rest).map((n) => n + 20 - rest), "consume goes on and on");
  for (const message of consumed) await message.ackAck();
  claims.equal(await worker.next({ expires: 1000 }), null, "next may come back with nothing");
  const info = await worker.info();
  claims.equal(
    [info.ack_floor.stream_seq, info.num_ack_pending, info.num_pending],
    [20, 0, 0],
    "the consumer knows that all is done",
  );
  const ordered = await js.consumers.get("pull");
  const replay = await taken(await ordered.consume({ max_messages: 7 }), 20);
  claims.equal(seqs(replay), range(20).map((n) => n + 1), "an ordered consumer has them all");
  const filtered = await js.consumers.get("pull", {
    filter_subjects: ["pull.b", "pull.c"],
    deliver_policy: "new",
  });
  const messages = await filtered.consume();
  await connection.flush();
  for (const subject of ["pull.a", "pull.b", "pull.c", "pull.d"]) await js.publish(subject, "0");
  const news = (await taken(messages, 2)).map((message) => message.subject);
  claims.equal(news, ["pull.b", "pull.c"], "with filters only what they let through");

  const updated = await manager.consumers.update("pull", "worker", { max_ack_pending: 7 });
  claims.equal(updated.config.max_ack_pending, 7, "a consumer may be updated");
  const paused = await manager.consumers.pause("pull", "worker", new Date(Date.now() + 3.6e6));
  claims.equal(paused.paused, true, "and paused");
  claims.equal(await worker.next({ expires: 1000 }), null, "it delivers nothing then");
  claims.equal((await manager.consumers.resume("pull", "worker")).paused, false, "until resumed");
  claims.equal((await worker.next()).subject, "pull.a", "then it goes on");
  const reset = await manager.consumers.reset("pull", "worker", 5);
  claims.equal(reset.reset_seq, 5, "it may be set back");
  claims.equal((await worker.next()).seq, 5, "and goes on from there");
  await worker.delete();
  claims.equal(await refused(js.consumers.get("pull", "worker")), 10014, "deleted is not found");
  await manager.streams.delete("pull");
  await connection.close();
}

async function acknowledgements(claims, server) {
  const { connection, js, manager } = await connect(server);
  await manager.streams.add({ name: "acks", subjects: ["acks"], retention: "workqueue" });
  await fill(js, "acks", 3);
  await manager.consumers.add("acks", {
    durable_name: "worker",
    ack_policy: "explicit",
    ack_wait: nanos(400),
    max_deliver: 3,
  });
  const worker = await js.consumers.get("acks", "worker");
  const [done, again, poison] = await taken(await worker.fetch({ max_messages: 3 }));
  await done.ackAck();
  poison.term("it cannot be done");
  again.nak(200);
  for (const count of [2, 3]) {
    const message = await worker.next({ expires: 2000 });
    claims.equal(
      [message.string(), message.info.deliveryCount, message.redelivered],
      ["1", count, true],
      `delivery ${count} of what is not done`,
    );
    message.working();
  }
  claims.equal(await worker.next({ expires: 1000 }), null, "there are no more than max_deliver");
  const { state } = await manager.streams.info("acks");
  claims.equal([state.messages, state.first_seq], [1, 2], "a work queue forgets what is settled");
  await manager.streams.delete("acks");
  await connection.close();
}

async function pushConsumers(claims, server) {
  const { connection, js, manager } = await connect(server);
  await manager.streams.add({ name: "push", subjects: ["push"] });
  await fill(js, "push", 50);
  const ordered = await js.consumers.getPushConsumer("push");
  const replay = await taken(await ordered.consume(), 50);
  claims.equal(seqs(replay), range(50).map((n) => n + 1), "an ordered push consumer has them all");

  await manager.consumers.add("push", {
    durable_name: "group",
    deliver_subject: "to.group",
    deliver_group: "workers",
    ack_policy: "explicit",
  });
  const shares = [[], []];
  await new Promise((finished) => {
    shares.forEach(async (share) => {
      const consumer = await js.consumers.getPushConsumer("push", "group");
      await consumer.consume({
        callback: (message) => {
          share.push(Number(message.string()));
          message.ack();
          if (shares.flat().length === 50) finished();
        },
      });
    });
  });
  claims.equal(shares.flat().sort((a, b) => a - b), range(50), "a deliver group shares them");
  let pending = 50;
  while (pending > 0) pending = (await manager.consumers.info("push", "group")).num_ack_pending;
  claims.equal(
    (await manager.consumers.info("push", "group")).ack_floor.stream_seq,
    50,
    "and acknowledges them all",
  );
  await manager.streams.delete("push");
  await connection.close();
}

async function priorityGroups(claims, server) {
  const { connection, js, manager } = await connect(server);
  await manager.streams.add({ name: "prio", subjects: ["prio"] });
  const add = (name, policy, more = {}) =>
    manager.consumers.add("prio", {
      durable_name: name,
      ack_policy: "explicit",
      priority_groups: ["g"],
      priority_policy: policy,
      ...more,
    });
  await fill(js, "prio", 5);

  await add("overflow", "overflow");
  const overflow = await js.consumers.get("prio", "overflow");
  const spare = { group: "g", max_messages: 5, expires: 1000, min_pending: 10 };
  claims.equal((await taken(await overflow.fetch(spare))).length, 0, "no overflow, no message");
  const near = { ...spare, min_pending: 5 };
  claims.equal(numbers(await taken(await overflow.fetch(near))), [0], "what overflows is given");

  await add("prioritized", "prioritized");
  const prioritized = await js.consumers.get("prio", "prioritized");
  const low = await taken(
    await prioritized.fetch({ group: "g", max_messages: 2, expires: 1000, priority: 9 }),
  );
  claims.equal(numbers(low), [0, 1], "a low priority is served when there is no other");

  await add("pinned", "pinned_client", { priority_timeout: nanos(60_000) });
  const pinned = await js.consumers.get("prio", "pinned");
  const mine = await taken(await pinned.fetch({ group: "g", max_messages: 2, expires: 1000 }));
  claims.equal(numbers(mine), [0, 1], "the first client is pinned");
  claims.holds(mine[0].headers?.get("Nats-Pin-Id"), "and told its pin");
  const other = await js.consumers.get("prio", "pinned");
  const theirs = await taken(await other.fetch({ group: "g", max_messages: 2, expires: 1000 }));
  claims.equal(theirs.length, 0, "another one waits");
  const [group] = (await manager.consumers.info("prio", "pinned")).priority_groups;
  claims.equal(
    [group.group, group.pinned_client_id],
    ["g", mine[0].headers.get("Nats-Pin-Id")],
    "the info knows the pin",
  );
  await manager.consumers.unpin("prio", "pinned", "g");
  const after = await taken(await other.fetch({ group: "g", max_messages: 1, expires: 1000 }));
  claims.equal(numbers(after), [2], "until the first is unpinned");
  await manager.streams.delete("prio");
  await connection.close();
}

async function keyValue(claims, server) {
  const { connection, js, manager } = await connect(server);
  const kvm = new Kvm(js);
  const kv = await kvm.create("config", { history: 5, markerTTL: 1000 });
  claims.equal(await kv.put("size", "1"), 1, "put gives the revision");
  await kv.put("size", "2");
  const entry = await kv.get("size");
  claims.equal([entry.string(), entry.revision], ["2", 2], "get gives the last value");
  claims.equal((await kv.get("size", { revision: 1 })).string(), "1", "or that of a revision");
  claims.equal(await kv.get("none"), null, "or nothing");
  claims.equal(await kv.create("color", "red"), 3, "create makes a key");
  claims.equal(await refused(kv.create("color", "blue")), 10071, "that is not there yet");
  claims.equal(await kv.update("color", "blue", 3), 4, "update with the right revision");
  claims.equal(await refused(kv.update("color", "green", 3)), 10071, "not with another");
  claims.equal((await taken(await kv.keys())).sort(), ["color", "size"], "the keys");
  claims.equal(await taken(await kv.keys("col*")), [], "a wildcard is for whole tokens");

  const watcher = await kv.watch();
  const changes = taken(watcher, 5);
  await connection.flush();
  await kv.delete("size");
  await kv.purge("color");
  await kv.create("size", "3");
  claims.equal(
    (await changes).map((change) => [change.key, change.operation, change.string()]),
    [
      ["size", "PUT", "2"],
      ["color", "PUT", "blue"],
      ["size", "DEL", ""],
      ["color", "PURGE", ""],
      ["size", "PUT", "3"],
    ],
    "a watcher sees what is there and what changes",
  );
  const history = await taken(await kv.history({ key: "size" }));
  claims.equal(
    history.map((past) => [past.revision, past.operation]),
    [[1, "PUT"], [2, "PUT"], [5, "DEL"], [7, "PUT"]],
    "history has it all",
  );
  const resumed = await kv.watch({ resumeFromRevision: 6 });
  claims.equal(
    (await taken(resumed, 2)).map((change) => change.revision),
    [6, 7],
    "a watcher may resume from a revision",
  );
  const brief = await kv.watch({ key: "brief", include: "updates" });
  await kv.create("brief", "soon gone", "1s");
  const [, gone] = await taken(brief, 2);
  claims.equal([gone.key, gone.operation], ["brief", "PURGE"], "a key with a TTL leaves a marker");
  const status = await kv.status();
  claims.equal([status.bucket, status.history, status.ttl], ["config", 5, 0], "the status");
  claims.equal((await taken(kvm.list())).map(({ bucket }) => bucket), ["config"], "the buckets");
  await kv.destroy();
  claims.equal(await taken(manager.streams.names()), [], "a destroyed bucket leaves nothing");

  const short = await kvm.create("short", { ttl: 500 });
  await short.put("key", "value");
  let value = await short.get("key");
  while (value) value = await short.get("key");
  claims.equal(value, null, "a bucket's TTL takes each key");
  await short.destroy();
  await connection.close();
}

async function objectStore(claims, server) {
  const { connection, js } = await connect(server);
  const objm = new Objm(js);
  const store = await objm.create("files", { storage: "file" });
  const big = Buffer.alloc(
    100 * MiB,
    createHash("shake128", { outputLength: MiB }).update("seed").digest(),
  );
  const info = await store.putBlob({ name: "big" }, big);
  const digest = createHash("sha256").update(big).digest("base64url");
  claims.equal(
    [info.size, info.chunks, info.digest.replaceAll("=", "")],
    [100 * MiB, 800, `SHA-256${digest}`],
    "100 MiB are put, with their digest",
  );
  const back = await store.getBlob("big");
  claims.holds(big.equals(back), "and come back whole");
  const watcher = await store.watch({ includeHistory: true });
  const seen = taken(watcher, 4);
  const small = await store.putBlob({ name: "small" }, Buffer.from("hi"));
  claims.equal(small.size, 2, "a small one");
  await store.link("alias", small);
  claims.equal(Buffer.from(await store.getBlob("alias")).toString(), "hi", "a link leads to it");
  await store.delete("big");
  claims.equal(
    (await seen).map(({ name, deleted }) => [name, deleted ?? false]),
    [["big", false], ["small", false], ["alias", false], ["big", true]],
    "a watcher sees what is there and what changes",
  );
  claims.equal(await store.getBlob("big"), null, "what is deleted is not found");
  await store.update("small", { name: "renamed", description: "a greeting" });
  claims.equal((await store.info("renamed")).description, "a greeting", "an object is renamed");
  const names = (await store.list()).filter(({ deleted }) => !deleted).map(({ name }) => name);
  claims.equal(names.sort(), ["alias", "renamed"], "the list");
  claims.equal((await store.seal()).sealed, true, "a store is sealed");
  claims.equal(
    await refused(store.putBlob({ name: "late" }, Buffer.from("x"))),
    10109,
    "and takes nothing then",
  );
  await store.destroy();
  await connection.close();
}

async function restart(claims, binary) {
  await Server.with(binary, withJetStream, async (server) => {
    const { connection, js, manager } = await connect(server, {
      reconnect: true,
      reconnectTimeWait: 20,
      reconnectJitter: 0,
      maxReconnectAttempts: -1,
    });
    await manager.streams.add({ name: "kept", subjects: ["kept"] });
    await manager.consumers.add("kept", { durable_name: "worker", ack_policy: "explicit" });
    const worker = await js.consumers.get("kept", "worker");
    const messages = await worker.consume({ max_messages: 10, expires: 2000 });
    const seen = [];
    const reading = (async () => {
      for await (const message of messages) {
        seen.push(message.seq);
        message.ack();
        if (message.seq === 30) break;
      }
    })();
    for (const how of ["SIGTERM", "SIGKILL", undefined]) {
      await fill(js, "kept", 10);
      if (!how) break;
      await server.stop(how);
      const back = new Promise((resolve) => {
        (async () => {
          for await (const { type } of connection.status()) if (type === "reconnect") resolve();
        })();
      });
      await server.start();
      await back;
    }
    await reading;
    const { state } = await manager.streams.info("kept");
    claims.equal([state.messages, state.last_seq], [30, 30], "what was acknowledged is there");
    const unique = [...new Set(seen)].sort((a, b) => a - b);
    claims.equal(unique, range(30).map((n) => n + 1), "one consume() reads on over two restarts");
    await connection.close();
  });
}

const claims = new Claims();
await Server.with(flags.server, withJetStream, async (server) => {
  for (
    const scenario of [
      streams,
      publishing,
      directGets,
      pullConsumers,
      acknowledgements,
      pushConsumers,
      priorityGroups,
      keyValue,
      objectStore,
    ]
  ) {
    await claims.run(scenario, server);
  }
});
await claims.run(restart, flags.server);
process.exit(claims.exitCode());
