// nats.js's wsconnect, unmodified, from Node: plain, compressed, and over TLS with a CA of our own.
//
// usage: node websocket.mjs --server <path of the server's binary>

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Claims, skipped } from "./claims.mjs";
import { Server } from "./server.mjs";

const { values: flags } = parseArgs({ options: { server: { type: "string" } } });
if (!flags.server) {
  console.error("usage: node websocket.mjs --server <path of the server's binary>");
  process.exit(2);
}
function missing() {
  console.log("skipped: nats.js or ws is not installed");
  process.exit(skipped);
}
const { WebSocket } = await import("ws").catch(missing);
const { wsconnect } = await import("@nats-io/nats-core").catch(missing);
const { scenarios } = await import("./websocket_scenarios.mjs").catch(missing);

// Node 20 has no WebSocket of its own that a client could rely on; `ws` has one of the same shape.
function connector(server, webSocketOptions) {
  return (options = {}) =>
    wsconnect({
      servers: server.webSocketUrl,
      reconnect: false,
      timeout: 5000,
      wsFactory: (url) => ({
        socket: new WebSocket(url, webSocketOptions),
        encrypted: url.startsWith("wss:"),
      }),
      ...options,
    });
}

const folder = mkdtempSync(join(tmpdir(), "myelin-wss-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

// A CA and a certificate of it for 127.0.0.1; false where there is no openssl.
function makeCertificates() {
  const openssl = (...words) => execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  try {
    openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA");
    openssl("req", "-x509", ...key, "-keyout", "server.key", "-out", "server.pem", "-subj",
      "/CN=localhost", "-CA", "ca.pem", "-CAkey", "ca.key", "-addext",
      "subjectAltName=IP:127.0.0.1,DNS:localhost", "-addext", "basicConstraints=CA:FALSE");
    return true;
  } catch {
    return false;
  }
}

const claims = new Claims();

async function runAll(kind, block, webSocketOptions = {}) {
  const config = (server) => `
    jetstream { store_dir: "store" }
    websocket { host: 127.0.0.1, port: ${server.webSocketPort}, ${block} }`;
  await Server.with(flags.server, config, async (server) => {
    const connect = connector(server, webSocketOptions);
    const restart = async () => {
      await server.stop();
      await server.start();
    };
    for (const [name, scenario] of Object.entries(scenarios)) {
      await claims.runAs(`${kind}: ${name}`, scenario, { connect, restart });
    }
  });
}

async function strangers(seen, { connect, trusting }) {
  const refused = await connect().catch((error) => error);
  seen.holds(refused instanceof Error, "a client that does not know the CA does not connect");
  const client = await trusting();
  seen.equal(client.info.tls_required, true, "INFO says that TLS is required");
  await client.close();
}

await runAll("plain", "no_tls: true", { perMessageDeflate: false });
await runAll("compressed", "no_tls: true, compression: true", {
  perMessageDeflate: { threshold: 0 },
});
if (makeCertificates()) {
  const files = `cert_file: "${folder}/server.pem", key_file: "${folder}/server.key"`;
  const ca = readFileSync(join(folder, "ca.pem"));
  await runAll("wss", `tls { ${files} }`, { ca });
  const config = (server) =>
    `websocket { host: 127.0.0.1, port: ${server.webSocketPort}, tls { ${files} } }`;
  await Server.with(flags.server, config, (server) =>
    claims.runAs("wss: strangers", strangers, {
      connect: connector(server, {}),
      trusting: connector(server, { ca }),
    }),
  );
} else {
  console.log("skipped: no openssl, so no wss");
}
process.exit(claims.exitCode());
