// How large the module is, as it is and as a web server sends it. Fails above the limit.
import { readFileSync } from "node:fs";
import { argv, exit } from "node:process";
import { gzipSync } from "node:zlib";

const SENT_MAX = 500_000;

const module = readFileSync(argv[2]);
const sent = gzipSync(module, { level: 9 }).length;
console.log(`myelin.wasm: ${module.length} bytes, ${sent} gzipped (at most ${SENT_MAX})`);
exit(sent > SENT_MAX ? 1 : 0);
