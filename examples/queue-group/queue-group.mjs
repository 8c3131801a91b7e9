// A queue group: each task goes to one of the workers, whichever the server picks.

import { connect } from "../connection.mjs";

const names = ["Ann", "Bob", "Cat"];
const tasks = Array.from({ length: 12 }, (_, index) => `task ${index + 1}`);

async function startWorker(name) {
  const connection = await connect();
  connection.subscribe("tasks", {
    queue: "workers",
    callback: (_, task) => task.respond(`${task.string()} done by ${name}`),
  });
  await connection.flush();
  return connection;
}

const workers = await Promise.all(names.map(startWorker));
const boss = await connect();
const replies = await Promise.all(
  tasks.map((task) => boss.request("tasks", task, { timeout: 5000 })),
);
for (const reply of replies) console.log(reply.string());
for (const connection of [...workers, boss]) await connection.drain();
console.log(`${replies.length} tasks, ${names.length} workers`);
