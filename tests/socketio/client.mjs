// npm `socket.io-client` as a client that keeps the contract of README.md: client.mjs URL SCENARIO...

import { createRequire } from "node:module";
import { run } from "./scenarios.mjs";

// Only `require` looks into NODE_PATH.
const { io } = createRequire(import.meta.url)("socket.io-client");

const [url, ...names] = process.argv.slice(2);
process.exit(await run(io, url, names, console.log) ? 0 : 1);
