// A server under test, started the way nats.js's own harness does it: by a configuration file
// alone, on a port of the system's choice, and ready when its ports file names that port. All
// servers still running are killed when the program exits.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const readyMs = 10_000;
const running = new Set();

process.on("exit", () => {
  for (const server of running) server.discard();
});

export class Server {
  #binary;
  #config;
  #folder = mkdtempSync(join(tmpdir(), "myelin-interop-"));
  #process;
  #webSocketScheme = "ws";
  port = -1;
  webSocketPort = -1;
  monitoringPort = -1;

  // The lines of configuration, or a function from the server to them: once started, it keeps its
  // ports.
  constructor(binary, config) {
    this.#binary = resolve(binary);
    this.#config = config;
  }

  // Runs the work against a server with these lines of configuration, and ends the server.
  static async with(binary, config, work) {
    const server = new Server(binary, config);
    running.add(server);
    try {
      await server.start();
      return await work(server);
    } finally {
      await server.stop("SIGKILL");
      running.delete(server);
      server.discard();
    }
  }

  get url() {
    return `nats://127.0.0.1:${this.port}`;
  }

  get webSocketUrl() {
    return `${this.#webSocketScheme}://127.0.0.1:${this.webSocketPort}`;
  }

  get monitoringUrl() {
    return `http://127.0.0.1:${this.monitoringPort}`;
  }

  async start() {
    const config = join(this.#folder, "server.conf");
    const lines = [
      `listen: 127.0.0.1:${this.port}`,
      `ports_file_dir: "${this.#folder}"`,
      typeof this.#config === "function" ? this.#config(this) : this.#config,
      "",
    ];
    writeFileSync(config, lines.join("\n"));
    this.#process = spawn(this.#binary, ["-c", config], {
      cwd: this.#folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const { nats, websocket, monitoring } = await this.#announcedPorts();
    const portOf = (addresses) => Number(addresses[0].slice(addresses[0].lastIndexOf(":") + 1));
    this.port = portOf(nats);
    if (websocket) {
      this.webSocketPort = portOf(websocket);
      this.#webSocketScheme = websocket[0].split(":")[0];
    }
    if (monitoring) this.monitoringPort = portOf(monitoring);
  }

  // Sends the signal and resolves to the exit code, null for a death by signal.
  async stop(signal = "SIGTERM") {
    this.signal(signal);
    return this.ended();
  }

  signal(which) {
    this.#process?.kill(which);
  }

  async ended() {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return exitCode;
    const [code] = await once(this.#process, "exit");
    return code;
  }

  discard() {
    this.#process?.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  // Reads the ports file each time the folder changes, until it is whole.
  #announcedPorts() {
    const path = join(this.#folder, `${basename(this.#binary)}_${this.#process.pid}.ports`);
    return new Promise((found, failed) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        watcher.close();
        settle(value);
      };
      const look = () => {
        try {
          end(found, JSON.parse(readFileSync(path, "utf8")));
        } catch {
          return; // not there, or not whole, yet
        }
      };
      const timer = setTimeout(() => end(failed, new Error(`no ports file ${path}`)), readyMs);
      const watcher = watch(this.#folder, look);
      this.#process.once("error", (error) => end(failed, error));
      this.#process.once("exit", (code) => end(failed, new Error(`it exited with ${code}`)));
      look();
    });
  }
}
