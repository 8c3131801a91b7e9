// A key-value bucket and its watcher: first what is there, then each change as it happens.

import { Kvm } from "@nats-io/kv";

import { connect } from "../connection.mjs";

const connection = await connect();
const settings = await new Kvm(connection).create("settings", { history: 5 });
await settings.put("lamp.color", "red");
await settings.put("lamp.power", "40");

const watcher = await settings.watch({ key: "lamp.*" });
const revision = await settings.put("lamp.color", "blue");
await settings.update("lamp.color", "green", revision);
await settings.delete("lamp.power");

for await (const entry of watcher) {
  if (entry.operation === "DEL") {
    console.log(`${entry.revision}: ${entry.key} is gone`);
    break;
  }
  console.log(`${entry.revision}: ${entry.key} is ${entry.string()}`);
}

const colors = [];
for await (const entry of await settings.history({ key: "lamp.color" })) {
  colors.push(entry.string());
}
console.log(`lamp.color was ${colors.join(", ")}`);
await settings.destroy();
await connection.close();
