// The scenarios in a page. browser.mjs bundles this, opens it, and calls run(); `restart` is its.
import { wsconnect } from "@nats-io/nats-core";

import { scenarios } from "../websocket_scenarios.mjs";

globalThis.scenarioNames = Object.keys(scenarios);

// The claims of one scenario, for the test to print.
globalThis.run = async (name, servers) => {
  const made = [];
  const claims = {
    holds: (condition, claim, detail = "") => made.push([Boolean(condition), claim, detail]),
    equal(got, wanted, claim) {
      const [left, right] = [JSON.stringify(got), JSON.stringify(wanted)];
      claims.holds(left === right, claim, `wanted ${right}\n     got    ${left}`.slice(0, 800));
    },
  };
  const connect = (options = {}) =>
    wsconnect({ servers, reconnect: false, timeout: 5000, ...options });
  await scenarios[name](claims, { connect, restart: () => globalThis.restartServer() });
  return made;
};
