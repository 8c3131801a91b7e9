// The modules an example may import, each with the name it has in Node.

type Namespace = Record<string, unknown>;

export const modules: Record<string, () => Promise<Namespace>> = {
  "@nats-io/nats-core": () => import("@nats-io/nats-core"),
  "@nats-io/jetstream": () => import("@nats-io/jetstream"),
  "@nats-io/kv": () => import("@nats-io/kv"),
  "@nats-io/obj": () => import("@nats-io/obj"),
  "@nats-io/services": () => import("@nats-io/services"),
};

const shelf = Symbol.for("myelin.playground.modules");

// The URL of a module that exports what the namespace holds: what an import of the example's, which
// is a module of its own outside the bundle, can be given.
export function urlOf(name: string, namespace: Namespace): string {
  const shelves = globalThis as unknown as Record<symbol, Record<string, Namespace>>;
  (shelves[shelf] ??= {})[name] = namespace;
  const names = Object.keys(namespace).filter((key) => /^[\w$]+$/.test(key) && key !== "default");
  const lines = [
    `const held = globalThis[Symbol.for("${shelf.description}")][${JSON.stringify(name)}];`,
    ...names.map((key) => `export const ${key} = held.${key};`),
    `export default held.default ?? held;`,
  ];
  return URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/javascript" }));
}
