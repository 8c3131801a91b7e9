// Welcome to NATS, which carries messages between programs.
//
// Weather stations publish, each on a subject of its own,
// as weather.oslo. Whoever subscribes to weather.* gets
// them all. The server between them runs in this tab; the
// live view shows what it sees. Change a city or the pace,
// and run it again.

import { connect, stopped } from "../connection.mjs";

const cities = { oslo: 4, lima: 19, cairo: 31 };

// One client listens. The * stands for any one word.
const listener = await connect({ name: "listener" });
listener.subscribe("weather.*", {
  callback: (_, message) => {
    const city = message.subject.slice("weather.".length);
    console.log(`${city}: ${message.json().celsius} °C`);
  },
});
await listener.flush();

// Another one publishes. It does not know who listens.
const stations = await connect({ name: "stations" });

function publish() {
  for (const city in cities) {
    cities[city] += Math.random() - 0.5;
    const celsius = Math.round(cities[city] * 10) / 10;
    const reading = JSON.stringify({ celsius });
    stations.publish(`weather.${city}`, reading);
  }
}
publish();
const publishing = setInterval(publish, 1000);

await stopped(); // until you press Stop
clearInterval(publishing);
await stations.drain();
await listener.drain();
