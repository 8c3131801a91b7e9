// Welcome: weather stations publish, and whoever subscribes hears them.
//
// The NATS server runs in this tab. Change something and run it again:
// a city, a subject, the pace. On the right is what the server sees.

import { connect, stopped } from "../connection.mjs";

const cities = { oslo: 4, lima: 19, cairo: 31 };

// One client listens. The * stands for exactly one token of a subject.
const listener = await connect({ name: "listener" });
listener.subscribe("weather.*", {
  callback: (_, message) => {
    const city = message.subject.slice("weather.".length);
    const { celsius } = message.json();
    console.log(`${city}: ${celsius.toFixed(1)} °C`);
  },
});
await listener.flush();

// Another one publishes. It knows nothing of who listens, nor whether anybody does.
const stations = await connect({ name: "stations" });
function publish() {
  for (const city of Object.keys(cities)) {
    cities[city] += Math.random() - 0.5;
    stations.publish(`weather.${city}`, JSON.stringify({ celsius: cities[city] }));
  }
}
publish();
const publishing = setInterval(publish, 1000);

await stopped(); // until you press Stop
clearInterval(publishing);
await stations.drain();
await listener.drain();
