// Prints one line per claim and remembers whether any of them was false. A scenario that throws or
// does not end in time is a failed claim; the scenarios after it still run.

import { isDeepStrictEqual, inspect } from "node:util";

export const skipped = 77;
// Twice 100 MiB, hashed in JavaScript, are 20 s of a core that other tests may want, too.
const scenarioMs = 90_000;

export class Claims {
  #held = 0;
  #failed = 0;
  #scenario = "";

  // One claim, true or not; the detail is printed when it is not.
  holds(condition, claim, detail = "") {
    if (condition) {
      this.#held += 1;
      console.log(`ok   ${this.#scenario}: ${claim}`);
      return;
    }
    this.#failed += 1;
    console.log(`FAIL ${this.#scenario}: ${claim}`);
    if (detail) console.log(`     ${detail}`);
  }

  equal(got, wanted, claim) {
    const show = (value) => inspect(value, { breakLength: Infinity }).slice(0, 400);
    const detail = `wanted ${show(wanted)}\n     got    ${show(got)}`;
    this.holds(isDeepStrictEqual(got, wanted), claim, detail);
  }

  // A scenario is called by its function's name.
  run(scenario, ...parameters) {
    return this.runAs(scenario.name, scenario, ...parameters);
  }

  async runAs(name, scenario, ...parameters) {
    this.#scenario = name;
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("it takes too long")), scenarioMs);
    });
    try {
      await Promise.race([scenario(this, ...parameters), late]);
    } catch (error) {
      this.holds(false, "the scenario runs to its end", error?.stack ?? String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  exitCode() {
    console.log(`${this.#held} claims hold, ${this.#failed} do not`);
    return this.#failed || !this.#held ? 1 : 0;
  }
}
