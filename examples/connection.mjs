// How the examples reach a server, and how they are told to stop: the one file that knows it runs
// in Node. A page puts another of the same shape in its place.

import process from "node:process";

import { connect as connectOverTcp } from "@nats-io/transport-node";

export function connect(options = {}) {
  const servers = process.env.NATS_URL ?? "nats://127.0.0.1:4222";
  return connectOverTcp({ servers, ...options });
}

// Resolves when the user has had enough: Ctrl-C.
export function stopped() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  });
}
