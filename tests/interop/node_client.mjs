// `ws` as client of our echo server: node_client.mjs NAME URL

import { createRequire } from "node:module";
import {
  Report, TEXT, close, echoes, equal, exchanges, frameExchanges, opened,
} from "./checks.mjs";

// Only `require` looks into NODE_PATH.
const require = createRequire(import.meta.url);
const { WebSocket } = require("ws");

const [name, url] = process.argv.slice(2);
const report = new Report(`node ws ${require("ws/package.json").version} -> ${name}`, console.log);

const run = (exchange, { code = 1000, reason = "", ...options } = {}) => async (signal) => {
  const socket = new WebSocket(url, options);
  signal.addEventListener("abort", () => socket.terminate());
  await opened(socket);
  await exchange(socket);
  const closed = await close(socket, code, reason);
  equal(`${closed.code} ${closed.reason}`, `${code} ${reason}`);
};

await report.check("opening handshake", run(report.noteExtensions));
for (const [what, exchange] of Object.entries({ ...exchanges, ...frameExchanges })) {
  await report.check(what, run(exchange));
}
const foreign = { origin: "http://elsewhere.example" };
await report.check("foreign origin", run(echoes(TEXT), foreign));
const goodbye = { code: 3001, reason: "tschüß" };
await report.check("close 3001 with reason", run(echoes(TEXT), goodbye));
process.exit(report.failed ? 1 : 0);
