// nats.js, unmodified, in the accounts of a server it takes for nats-server: what they share and
// what they do not, nkeys, and the creds files of an operator that nsc made (../operator).
//
// usage: node accounts.mjs --server <path of the server's binary> [--creds]
//
// With --creds the accounts are the operator's, otherwise the configuration's.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { Claims, skipped } from "./claims.mjs";
import { Server } from "./server.mjs";

const { values: flags } = parseArgs({
  options: { server: { type: "string" }, creds: { type: "boolean" } },
});
if (!flags.server) {
  console.error("usage: node accounts.mjs --server <path of the server's binary>");
  process.exit(2);
}
const { connect: connectTo, credsAuthenticator, nkeyAuthenticator, errors } = await import(
  "@nats-io/transport-node"
).catch(() => {
  console.log("skipped: nats.js is not installed");
  process.exit(skipped);
});
const { createUser } = await import("@nats-io/nkeys");

const operator = (name) => readFileSync(new URL(`../operator/${name}`, import.meta.url));

const accounts = `accounts {
  SHOP: {
    users: [{ user: shop, password: pw }]
    exports: [{ service: "quotes.*", response_type: stream }, { stream: "ticks.>" }]
  }
  CUSTOMER: {
    users: [{ user: customer, password: pw }]
    imports: [
      { service: { account: SHOP, subject: "quotes.eu" }, to: "ask.quotes" }
      { stream: { account: SHOP, subject: "ticks.>" }, prefix: "shop" }
    ]
  }
}`;

function connect(server, options = {}) {
  return connectTo({ servers: server.url, reconnect: false, timeout: 5000, ...options });
}

async function refusal(server, options = {}) {
  try {
    await (await connect(server, options)).close();
  } catch (error) {
    return error;
  }
}

// A subscription that keeps what it takes.
function keep(client, subject) {
  const kept = [];
  client.subscribe(subject, { callback: (error, message) => kept.push(error ?? message) });
  return () => kept.splice(0).map((message) => [message.subject, message.string()]);
}

async function exchange(claims, shop, customer) {
  const heard = keep(customer, "shop.>");
  const all = keep(customer, "ticks.>");
  await customer.flush();
  const error = await customer.request("ask.quotes", "").catch((failed) => failed);
  claims.holds(
    error instanceof errors.RequestError && error.isNoResponders(),
    "a service that nobody offers has no responders",
    error,
  );
  shop.subscribe("quotes.eu", {
    callback: (_, message) => message.respond(`quoted ${message.string()}`),
  });
  await shop.flush();
  const replies = [];
  for (let n = 0; n < 20; ++n) {
    replies.push(customer.request("ask.quotes", `${n}`, { timeout: 5000 }));
  }
  claims.equal(
    (await Promise.all(replies)).map((reply) => reply.string()),
    replies.map((_, n) => `quoted ${n}`),
    "another account's service answers under the importer's name for it",
  );
  shop.publish("ticks.a", "42");
  await shop.flush();
  await customer.flush();
  claims.equal(heard(), [["shop.ticks.a", "42"]], "a stream is heard under the importer's prefix");
  claims.equal(all(), [], "and under no other");
  await shop.close();
  await customer.close();
}

async function sharing(claims, server) {
  const shop = await connect(server, { user: "shop", pass: "pw" });
  const customer = await connect(server, { user: "customer", pass: "pw" });
  await exchange(claims, shop, customer);
}

async function nkeys(claims, binary) {
  const known = createUser();
  const config = `authorization { users: [{ nkey: ${known.getPublicKey()} }] }`;
  await Server.with(binary, config, async (server) => {
    const client = await connect(server, { authenticator: nkeyAuthenticator(known.getSeed()) });
    await client.flush();
    claims.holds(client.info.auth_required, "an nkey is a user");
    await client.close();
    const stranger = nkeyAuthenticator(createUser().getSeed());
    const told = await refusal(server, { authenticator: stranger });
    claims.holds(told instanceof errors.AuthorizationError, "another nkey is refused", told);
  });
}

async function credsFiles(claims, server) {
  const as = (name) => ({ authenticator: credsAuthenticator(operator(`${name}.creds`)) });
  await exchange(claims, await connect(server, as("shop")), await connect(server, as("customer")));
  for (const name of ["late", "revoked"]) {
    const told = await refusal(server, as(name));
    claims.holds(told instanceof errors.AuthorizationError, `the ${name} user is refused`, told);
  }
}

const claims = new Claims();
if (flags.creds) {
  const config = `${operator("server.conf")}`;
  await Server.with(flags.server, config, (server) => claims.run(credsFiles, server));
} else {
  await Server.with(flags.server, accounts, (server) => claims.run(sharing, server));
  await claims.run(nkeys, flags.server);
}
process.exit(claims.exitCode());
