// What each example prints in the playground, which is what it prints in Node; see
// tests/interop/examples.py. A function makes lines of which parts vary comparable.

const withoutNames = (lines) => lines.map((line) => line.replace(/ done by (Ann|Bob|Cat)$/, ""));
const sorted = (lines) => withoutNames(lines).sort();
const upTo = (count, name) => Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);

export const exampleOutputs = {
  "publish-subscribe": {
    lines: ["greet.ann: hello, ann", "greet.bob: hello, bob", "greet.cat: hello, cat", "drained"],
  },
  "request-reply": {
    lines: ["hello, Ann", "hello, Bob", "the service has stopped", "no responders"],
  },
  "queue-group": { made: withoutNames, lines: [...upTo(12, "task"), "12 tasks, 3 workers"] },
  orders: {
    lines: [
      'created: {"id":1,"item":"lamp","price":20}',
      'created: {"id":2,"item":"desk","price":180}',
      'paid: {"id":1}',
      'shipped: {"id":1,"parcel":"GRÖẞE-7"}',
      "created: not an order, ignored",
      "order 1 is shipped",
      "order 2 is created",
    ],
  },
  "stored-publish": {
    lines: [
      "lamp is stored in ORDERS as message 1",
      "desk is stored in ORDERS as message 2",
      "chair is stored in ORDERS as message 3",
      "lamp again: a duplicate",
      "kitchen heard lamp, desk, chair",
      "billing heard lamp, desk, chair",
      "audit heard lamp, desk, chair",
    ],
  },
  "event-replay": {
    lines: [
      "1. opened 0: 0",
      "2. paid-in 100: 100",
      "3. paid-out 30: 70",
      "4. paid-in 5: 75",
      "5. paid-out 12: 63",
      "the balance is 63",
    ],
  },
  "pull-worker": {
    made: sorted,
    lines: [
      "0 chores left",
      "cook: done, attempt 1",
      "fly: nobody can, forget it",
      "paint: done, attempt 2",
      "paint: no brush, try again",
      "sweep: done, attempt 1",
    ],
  },
  "stream-queue-group": { made: sorted, lines: ["0 jobs left", ...upTo(12, "job")].sort() },
  "stream-request-reply": {
    lines: [
      "asked; nobody serves yet",
      "served; nobody has read the replies yet",
      "hello, Ann",
      "hello, Bob",
    ],
  },
  "key-value-watch": {
    lines: [
      "1: lamp.color is red",
      "2: lamp.power is 40",
      "3: lamp.color is blue",
      "4: lamp.color is green",
      "5: lamp.power is gone",
      "lamp.color was red, blue, green",
    ],
  },
  "stream-limits": {
    lines: ["READINGS keeps 1000 messages of readings.*", "1200 published, 1000 kept: 201 to 1200"],
  },
};
