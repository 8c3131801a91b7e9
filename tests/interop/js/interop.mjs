// nats.js, unmodified, over TCP against a server it takes for nats-server.
//
// usage: node interop.mjs --server <path of the server's binary>

import { createHash } from "node:crypto";
import { parseArgs } from "node:util";

import { Claims, skipped } from "./claims.mjs";
import { Server } from "./server.mjs";

const { values: flags } = parseArgs({ options: { server: { type: "string" } } });
if (!flags.server) {
  console.error("usage: node interop.mjs --server <path of the server's binary>");
  process.exit(2);
}
const { connect: connectTo, headers: newHeaders, createInbox, errors } = await import(
  "@nats-io/transport-node"
).catch(() => {
  console.log("skipped: nats.js is not installed");
  process.exit(skipped);
});

const MiB = 1 << 20;
const range = (count) => Array.from({ length: count }, (_, index) => index);

// A client that fails at once instead of trying again, unless the scenario says otherwise.
function connect(server, options = {}) {
  return connectTo({ servers: server.url, reconnect: false, timeout: 5000, ...options });
}

// The error with which the server turns a client away; undefined if it does not.
async function refusal(server, options = {}) {
  try {
    await (await connect(server, options)).close();
  } catch (error) {
    return error;
  }
}

// A subscription that keeps what it takes.
function keep(client, subject, options = {}) {
  const kept = [];
  const subscription = client.subscribe(subject, {
    ...options,
    callback: (error, message) => kept.push(error ?? message),
  });
  return { kept, subscription, subjects: () => kept.splice(0).map((message) => message.subject) };
}

// The statuses of one client, each awaited by its type, in order.
function statuses(client) {
  const seen = [];
  const waiting = [];
  const match = () => {
    for (const wait of [...waiting]) {
      const index = seen.findIndex((status) => status.type === wait.type);
      if (index < 0) continue;
      waiting.splice(waiting.indexOf(wait), 1);
      wait.resolve(seen.splice(index, 1)[0]);
    }
  };
  (async () => {
    for await (const status of client.status()) {
      seen.push(status);
      match();
    }
  })();
  return (type) =>
    new Promise((resolve) => {
      waiting.push({ type, resolve });
      match();
    });
}

async function handshake(claims, server) {
  const client = await connect(server);
  const info = client.info;
  const [major, minor, patch] = info.version.split(".").map((part) => parseInt(part, 10));
  claims.holds(
    major * 1e6 + minor * 1e3 + patch >= 2_014_003,
    "the announced version is 2.14.3 or newer",
    info.version,
  );
  claims.equal(info.max_payload, MiB, "the announced max_payload is 1 MiB");
  claims.equal(info.port, server.port, "the announced port is the one it listens on");
  claims.equal(info.headers, true, "headers are announced");
  claims.equal(info.client_ip, "127.0.0.1", "the client is told its address");
  claims.holds(/^N[A-Z2-7]{55}$/.test(info.server_id), "server_id is a public key", info.server_id);
  claims.holds(info.go !== "", "the field go is not empty");
  claims.holds((await client.rtt()) >= 0, "a PING is answered");
  await client.close();
}

async function publishSubscribe(claims, server) {
  const publisher = await connect(server);
  const reader = await connect(server);
  publisher.publish("greet.early", "nobody is here yet");
  await publisher.flush();

  const literal = keep(reader, "greet.ann");
  const one = keep(reader, "greet.*");
  const rest = keep(reader, "greet.>");
  const middle = keep(reader, "*.ann.>");
  const everything = keep(reader, ">");
  await reader.flush();
  const say = async (...subjects) => {
    for (const subject of subjects) publisher.publish(subject, subject);
    await publisher.flush();
    await reader.flush();
  };
  await say("greet", "greet.ann", "greet.bob", "greet.ann.now", "Greet.ann");
  claims.equal(literal.subjects(), ["greet.ann"], "a literal takes its subject alone");
  claims.equal(one.subjects(), ["greet.ann", "greet.bob"], "* takes exactly one token");
  claims.equal(
    rest.subjects(),
    ["greet.ann", "greet.bob", "greet.ann.now"],
    "> takes one or more tokens",
  );
  claims.equal(middle.subjects(), ["greet.ann.now"], "* and > combine");
  claims.equal(
    everything.kept.splice(0).map((message) => message.string()),
    ["greet", "greet.ann", "greet.bob", "greet.ann.now", "Greet.ann"],
    "> alone takes everything, in order, and nothing from before the subscription",
  );

  for (const number of range(2000)) publisher.publish("count", String(number));
  await publisher.flush();
  await reader.flush();
  claims.equal(
    everything.kept.splice(0).map((message) => Number(message.string())),
    range(2000),
    "2000 messages arrive in order",
  );

  const limited = keep(reader, "limited", { max: 3 });
  await reader.flush();
  await say("limited", "limited", "limited", "limited", "limited");
  claims.equal(limited.kept.length, 3, "a limit of three messages is kept");

  literal.subscription.unsubscribe();
  await reader.flush();
  await say("greet.ann");
  claims.equal(literal.kept.length, 0, "after unsubscribe nothing is delivered");

  const deaf = await connect(server, { noEcho: true });
  const own = keep(deaf, "echo");
  deaf.publish("echo", "from me");
  await deaf.flush();
  publisher.publish("echo", "from another");
  await publisher.flush();
  await deaf.flush();
  claims.equal(
    own.kept.map((message) => message.string()),
    ["from another"],
    "noEcho hides one's own",
  );

  const unicode = keep(reader, "größe.>");
  await reader.flush();
  await say("größe.東京");
  claims.equal(unicode.subjects(), ["größe.東京"], "a subject is bytes: UTF-8 passes");
  for (const client of [publisher, reader, deaf]) await client.close();
}

async function requestReply(claims, server) {
  const requester = await connect(server);
  const service = await connect(server);
  const doubling = service.subscribe("double", {
    callback: (_, message) => message.respond(String(2 * Number(message.string()))),
  });
  const silent = keep(service, "silent");
  await service.flush();

  const answer = await requester.request("double", "21", { timeout: 5000 });
  claims.equal(answer.string(), "42", "a request is answered");
  const answers = await Promise.all(
    range(200).map((n) => requester.request("double", String(n), { timeout: 10_000 })),
  );
  claims.equal(
    answers.map((message) => Number(message.string())),
    range(200).map((n) => 2 * n),
    "200 requests at once each get their own answer",
  );
  const alone = await requester.request("double", "4", { timeout: 5000, noMux: true });
  claims.equal(alone.string(), "8", "a request with an inbox of its own is answered");

  service.subscribe("poll", { callback: (_, message) => message.respond("one") });
  service.subscribe("poll", { callback: (_, message) => message.respond("two") });
  await service.flush();
  const polled = [];
  for await (
    const message of await requester.requestMany("poll", "", {
      strategy: "count",
      maxMessages: 2,
      maxWait: 5000,
    })
  ) {
    polled.push(message.string());
  }
  claims.equal(polled.sort(), ["one", "two"], "a request to many gets an answer of each");

  const outcome = async (subject, options) => {
    const began = performance.now();
    try {
      await requester.request(subject, "1", options);
      return { kind: "answered" };
    } catch (error) {
      const refused = error instanceof errors.NoRespondersError ||
        (error instanceof errors.RequestError && error.isNoResponders());
      const late = error instanceof errors.TimeoutError;
      const kind = refused ? "no responders" : late ? "timeout" : String(error);
      return { kind, ms: performance.now() - began };
    }
  };
  const unanswered = await outcome("silent", { timeout: 200 });
  claims.equal(unanswered.kind, "timeout", "a silent service times out");
  claims.equal(silent.kept.length, 1, "the silent service got the request");
  const nobody = await outcome("nobody", { timeout: 10_000 });
  claims.equal(nobody.kind, "no responders", "a request nobody listens to is refused");
  claims.holds(nobody.ms < 5000, "the refusal comes at once", `${nobody.ms} ms`);
  const unmuxed = await outcome("nobody", { timeout: 10_000, noMux: true });
  claims.equal(unmuxed.kind, "no responders", "so is one with an inbox of its own");
  doubling.unsubscribe();
  await service.flush();
  const left = await outcome("double", { timeout: 10_000 });
  claims.equal(left.kind, "no responders", "so is one after the service left");
  await requester.close();
  await service.close();
}

async function queueGroups(claims, server) {
  const publisher = await connect(server);
  const workers = await Promise.all(range(3).map(() => connect(server)));
  const members = workers.map((worker) => keep(worker, "tasks.*", { queue: "workers" }));
  const audit = keep(workers[0], "tasks.>", { queue: "audit" });
  const plain = keep(workers[1], "tasks.>");
  for (const worker of workers) await worker.flush();

  const send = async (count) => {
    for (const number of range(count)) publisher.publish(`tasks.${number}`, String(number));
    await publisher.flush();
    for (const worker of workers) await worker.flush();
    return members.map(({ kept }) => kept.splice(0).map((message) => Number(message.string())));
  };
  const sorted = (numbers) => [...numbers].sort((a, b) => a - b);

  let shares = await send(300);
  claims.equal(sorted(shares.flat()), range(300), "each task is done once");
  claims.holds(shares.every((share) => share.length), "every worker gets some");
  claims.equal(shares.map(sorted), shares, "each worker sees its tasks in order");
  claims.equal(audit.kept.length, 300, "another group gets them all");
  claims.equal(plain.kept.length, 300, "a plain subscription gets them all");

  members[0].subscription.unsubscribe();
  await workers[0].flush();
  shares = await send(100);
  claims.equal(sorted(shares.flat()), range(100), "the others do the work of one who left");
  await workers[1].close();
  await publisher.flush();
  workers.splice(1, 1);
  for (const client of [publisher, ...workers]) await client.close();
}

async function headers(claims, server) {
  const client = await connect(server);
  const inbox = keep(client, "headed");
  const sent = newHeaders();
  sent.append("Order-Id", "17");
  sent.append("tag", "first");
  sent.append("tag", "second");
  sent.append("X-Colon", "a:b c");
  client.publish("headed", "body", { headers: sent });
  client.publish("headed", "", { headers: sent });
  client.publish("headed", "bare");
  await client.flush();
  const [whole, empty, bare] = inbox.kept;
  claims.equal([...whole.headers], [...sent], "headers arrive as they were sent, case and all");
  claims.equal(whole.headers.values("tag"), ["first", "second"], "a key may have several values");
  claims.equal(whole.string(), "body", "the payload beside them too");
  claims.equal([empty.string(), empty.headers.get("Order-Id")], ["", "17"], "they may come alone");
  claims.equal(bare.headers, undefined, "no headers means none");

  const reply = createInbox();
  const refused = keep(client, reply);
  client.publish("nobody.listens", "", { reply });
  await client.flush();
  claims.equal(refused.kept[0]?.headers?.code, 503, "no responders is a message of status 503");
  claims.equal(
    refused.kept[0]?.headers?.get("Nats-Subject"),
    "nobody.listens",
    "it names the subject",
  );
  await client.close();
}

async function drain(claims, server) {
  const publisher = await connect(server);
  const reader = await connect(server);
  const handled = { one: [], all: [] };
  const one = reader.subscribe("drain.one");
  const all = reader.subscribe("drain.all");
  await reader.flush();
  for (const number of range(100)) {
    publisher.publish("drain.one", String(number));
    publisher.publish("drain.all", String(number));
  }
  await publisher.flush();
  await reader.flush();

  const consume = async (subscription, into) => {
    for await (const message of subscription) into.push(Number(message.string()));
  };
  const drained = one.drain();
  await reader.flush();
  publisher.publish("drain.one", "100");
  await publisher.flush();
  await Promise.all([consume(one, handled.one), drained]);
  claims.equal(handled.one, range(100), "a drained subscription handles all it had, and no more");
  await Promise.all([consume(all, handled.all), reader.drain()]);
  claims.equal(handled.all, range(100), "a drained connection handles all it had");
  claims.equal(reader.isClosed(), true, "and is closed then");
  await publisher.close();
}

async function largePayloads(claims, server) {
  const sender = await connect(server);
  const taker = await connect(server);
  const inbox = keep(taker, "large");
  taker.subscribe("turn", { callback: (_, message) => message.respond(message.data.reverse()) });
  await taker.flush();
  const blobs = range(8).map((n) =>
    createHash("shake128", { outputLength: MiB }).update(String(n)).digest()
  );
  for (const blob of blobs) sender.publish("large", blob);
  await sender.flush();
  await taker.flush();
  claims.holds(
    inbox.kept.length === 8 && inbox.kept.every((message, n) => blobs[n].equals(message.data)),
    "8 messages of 1 MiB arrive whole",
    String(inbox.kept.map((message) => message.data.length)),
  );
  const answer = await sender.request("turn", blobs[0], { timeout: 20_000 });
  claims.holds(
    Buffer.from(blobs[0]).reverse().equals(answer.data),
    "a request and an answer may have 1 MiB each",
  );
  let refused;
  try {
    sender.publish("large", new Uint8Array(MiB + 1));
  } catch (error) {
    refused = error;
  }
  claims.holds(refused instanceof errors.InvalidArgumentError, "the client refuses one byte more");
  await taker.close();
  await sender.close();
}

async function maxPayload(claims, binary) {
  await Server.with(binary, "max_payload: 128", async (server) => {
    const client = await connect(server);
    const status = statuses(client);
    const inbox = keep(client, "edge");
    claims.equal(client.info.max_payload, 128, "a configured max_payload is announced");
    client.publish("edge", new Uint8Array(128));
    await client.flush();
    claims.equal(inbox.kept[0]?.data.length, 128, "its edge is allowed");
    client.info.max_payload = 1024;
    client.publish("edge", new Uint8Array(129));
    const { error } = await status("error");
    claims.equal(error.message, "Maximum Payload Violation", "one byte more is told so");
    await client.closed();
    claims.equal(client.isClosed(), true, "and the connection is closed");
  });
}

async function reconnect(claims, binary) {
  await Server.with(binary, "", async (server) => {
    const client = await connect(server, {
      reconnect: true,
      reconnectTimeWait: 20,
      reconnectJitter: 0,
      maxReconnectAttempts: -1,
    });
    const status = statuses(client);
    const inbox = keep(client, "still.*");
    const shared = keep(client, "shared", { queue: "group" });
    await client.flush();
    for (const how of ["SIGTERM", "SIGKILL"]) {
      const code = await server.stop(how);
      claims.equal(code, how === "SIGTERM" ? 0 : null, `the server ends by ${how}`);
      await status("disconnect");
      await server.start();
      await status("reconnect");
      const other = await connect(server);
      await client.flush();
      other.publish("still.here", "said afterwards");
      other.publish("shared");
      await other.flush();
      await client.flush();
      claims.equal(inbox.subjects(), ["still.here"], "after a restart the subscription lives");
      claims.equal(shared.subjects(), ["shared"], "so does the queue subscription");
      await other.close();
    }
    await client.close();
  });
}

async function lameDuck(claims, binary) {
  const config = `lame_duck_grace_period: "100ms"\nlame_duck_duration: "30s"`;
  await Server.with(binary, config, async (server) => {
    const client = await connect(server);
    const status = statuses(client);
    await client.flush();
    server.signal("SIGUSR2");
    const { type } = await status("ldm");
    claims.equal(type, "ldm", "SIGUSR2 tells the client that the server is leaving");
    await client.closed();
    claims.equal(await server.ended(), 0, "the server closes its clients and exits with 0");
  });
}

async function authentication(claims, binary) {
  const refused = (error) => error instanceof errors.AuthorizationError;
  const user = `authorization { user: ann, password: s3cret }`;
  await Server.with(binary, user, async (server) => {
    const entry = await refusal(server, { user: "ann", pass: "s3cret" });
    claims.equal(entry, undefined, "user and password");
    for (const [who, options] of [
      ["a wrong password", { user: "ann", pass: "guess" }],
      ["an unknown user", { user: "eve", pass: "s3cret" }],
      ["nobody", {}],
    ]) {
      const error = await refusal(server, options);
      claims.holds(refused(error), `${who} is refused: Authorization Violation`, String(error));
    }
  });
  await Server.with(binary, `authorization { token: t0ken }`, async (server) => {
    claims.equal(await refusal(server, { token: "t0ken" }), undefined, "a token");
    const error = await refusal(server, { token: "t0ke" });
    claims.holds(refused(error), "a wrong token is refused", String(error));
  });
}

async function permissions(claims, binary) {
  const users = `authorization { users = [
    { user: ann, password: a }
    { user: bob, password: b, permissions: {
        publish: { allow: ["open.>"], deny: ["open.secret"] }, subscribe: ["open.>", "_INBOX.>"] } }
    { user: service, password: c, permissions: {
        subscribe: "ask", allow_responses: { max: 1, expires: "1m" } } }
  ] }`;
  await Server.with(binary, users, async (server) => {
    const bob = await connect(server, { user: "bob", pass: "b" });
    const ann = await connect(server, { user: "ann", pass: "a" });
    const status = statuses(bob);
    const inbox = keep(ann, ">");
    await ann.flush();
    bob.publish("open.secret");
    bob.publish("closed");
    bob.publish("open.door");
    await bob.flush();
    for (const subject of ["open.secret", "closed"]) {
      const { error } = await status("error");
      claims.holds(
        error instanceof errors.PermissionViolationError &&
          error.operation === "publish" && error.subject === subject,
        `publishing to ${subject} is a violation that names it`,
        String(error),
      );
    }
    await ann.flush();
    claims.equal(inbox.subjects(), ["open.door"], "only what is allowed gets through");

    const denied = keep(bob, "closed", { queue: "q" });
    const { error } = await status("error");
    claims.holds(
      error instanceof errors.PermissionViolationError &&
        error.operation === "subscription" && error.subject === "closed" && error.queue === "q",
      "subscribing where it may not be is a violation that names subject and queue",
      String(error),
    );
    claims.holds(denied.kept[0] === error, "the subscription is told");
    const open = keep(bob, "open.*");
    await bob.flush();
    ann.publish("open.now");
    await ann.flush();
    await bob.flush();
    claims.equal(open.subjects(), ["open.now"], "the connection lives on");

    const service = await connect(server, { user: "service", pass: "c" });
    const serviceStatus = statuses(service);
    service.subscribe("ask", {
      callback: (_, message) => {
        message.respond("once");
        message.respond("twice");
      },
    });
    await service.flush();
    const answer = await ann.request("ask", "", { timeout: 5000 });
    claims.equal(answer.string(), "once", "allow_responses lets an answer through");
    const { error: second } = await serviceStatus("error");
    claims.holds(
      second instanceof errors.PermissionViolationError && second.operation === "publish",
      "and no more than its max",
      String(second),
    );
    for (const client of [bob, ann, service]) await client.close();
  });
}

async function limits(claims, binary) {
  await Server.with(binary, "max_connections: 2\nmax_subscriptions: 3", async (server) => {
    const first = await connect(server);
    const second = await connect(server);
    const status = statuses(first);
    claims.holds(await refusal(server), "one connection too many is turned away");
    const inboxes = range(4).map((n) => keep(first, `limit.${n}`));
    const { error } = await status("error");
    claims.equal(error.message, "maximum subscriptions exceeded", "one subscription too many");
    for (const n of range(4)) second.publish(`limit.${n}`);
    await second.flush();
    await first.flush();
    claims.equal(
      inboxes.map(({ kept }) => kept.length),
      [1, 1, 1, 0],
      "the earlier subscriptions live on",
    );
    await second.close();
    await first.close();
  });
}

const claims = new Claims();
await Server.with(flags.server, "", async (server) => {
  for (
    const scenario of [
      handshake,
      publishSubscribe,
      requestReply,
      queueGroups,
      headers,
      drain,
      largePayloads,
    ]
  ) {
    await claims.run(scenario, server);
  }
});
for (
  const scenario of [maxPayload, reconnect, lameDuck, authentication, permissions, limits]
) {
  await claims.run(scenario, flags.server);
}
process.exit(claims.exitCode());
