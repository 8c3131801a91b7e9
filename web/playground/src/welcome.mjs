// Welcome: weather stations publish; whoever subscribes hears.
//
// The NATS server runs in this tab. Change something and run it
// again: a city, a subject, the pace. The live view shows what
// the server sees.

import { connect, stopped } from "../connection.mjs";

const cities = { oslo: 4, lima: 19, cairo: 31 };

// One client listens. The * stands for one token of a subject.
const listener = await connect({ name: "listener" });
listener.subscribe("weather.*", {
  callback: (_, message) => {
    const city = message.subject.slice("weather.".length);
    console.log(`${city}: ${message.json().celsius} °C`);
  },
});
await listener.flush();

// Another one publishes. It does not know who listens, if anybody.
const stations = await connect({ name: "stations" });

function publish() {
  for (const city in cities) {
    cities[city] += Math.random() - 0.5;
    const celsius = Math.round(cities[city] * 10) / 10;
    stations.publish(`weather.${city}`, JSON.stringify({ celsius }));
  }
}
publish();
const publishing = setInterval(publish, 1000);

await stopped(); // until you press Stop
clearInterval(publishing);
await stations.drain();
await listener.drain();
