// A cluster of two processes that start a server on one folder. Says how each of them fared.

import cluster from "node:cluster";

import { Server } from "../dist/index.js";

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  let reportCount = 0;
  cluster.on("message", (_, how) => {
    console.log(how);
    reportCount += 1;
    if (reportCount === workers.length) for (const worker of workers) worker.kill();
  });
} else {
  const storage = process.argv[2];
  const started = Server.start({ storage, onLog: () => {} });
  process.send(await started.then(() => "started", (error) => error.code));
}
