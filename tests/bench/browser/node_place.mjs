// Node as a place: each scenario runs in a process of its own, which is killed after it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const inChild = process.env.MYELIN_BENCH_CHILD;

export class NodePlace {
  name = "Node";
  #files;
  #folder = mkdtempSync(join(tmpdir(), "myelin-bench-"));

  // `files`: where the bundle of the scenarios and the package are.
  constructor(files) {
    this.#files = files;
  }

  async run(scenario, scale, round) {
    const job = { scenario, scale, round, folder: this.#folder, files: this.#files };
    const child = fork(fileURLToPath(import.meta.url), {
      env: { ...process.env, MYELIN_BENCH_CHILD: "yes" },
    });
    child.send(job);
    const [answer] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(([code]) => [{ error: `the process ended with ${code}` }]),
    ]);
    child.kill("SIGKILL");
    if (answer.error) throw new Error(answer.error);
    return answer.figures;
  }

  close() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

if (inChild) {
  const [{ scenario, scale, round, folder, files }] = await once(process, "message");
  try {
    const { scenarios } = await import(pathToFileURL(files.scenarios));
    const { Server } = await import(pathToFileURL(files.server));
    const processorTime = () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    };
    const storage = (name) => ({ storage: join(folder, name), onLog: () => {} });
    const place = { Server, storage, processorTime, scale, round };
    process.send({ figures: await scenarios[scenario](place) });
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
}
