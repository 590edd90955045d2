// `ws` as server for our client: node_server.mjs PATH_OF_CLIENT [CERTIFICATE KEY]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createRequire } from "node:module";
import { basename } from "node:path";
import {
  Report, TEXT, close, echoes, equal, exchanges, frameExchanges, received,
} from "./checks.mjs";

// Only `require` looks into NODE_PATH.
const require = createRequire(import.meta.url);
const { WebSocketServer } = require("ws");

const [program, certificate, key] = process.argv.slice(2);
const version = require("ws/package.json").version;
const report = new Report(`${basename(program)} -> node ws ${version}`, console.log);

const trust = certificate ? ["--ca", certificate] : [];
const http = certificate
  ? createSecureServer({ cert: await readFile(certificate), key: await readFile(key) })
  : createServer();
// Below TLS, and there is one at a time.
let tcp;
http.on("connection", (socket) => { tcp = socket; });
await once(http.listen(0, "127.0.0.1"), "listening");
const url = `${certificate ? "wss" : "ws"}://127.0.0.1:${http.address().port}`;
const server = new WebSocketServer({
  server: http,
  perMessageDeflate: true, // Not a server's default here, other than a client's.
  verifyClient: ({ req }, decide) => decide(req.url !== "/refused", 401),
  handleProtocols: (offered) => offered.has("chat.v2") && "chat.v2",
});
// What a client breaks shows as a failed check; without a listener it would end this program.
server.on("connection", (socket) => socket.on("error", () => {}));

/** Runs our client, which shall end with `exitCode`; resolves to what it printed. */
async function client(signal, { path = "", options = ["--echo"], exitCode = 0 }, serve) {
  const accepted = once(server, "connection", { signal });
  const stdin = options.includes("--echo") ? "ignore" : "pipe";
  const child = spawn(program, [url + path, ...trust, ...options], {
    signal, killSignal: "SIGKILL", stdio: [stdin, "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => { printed += text; });
  }
  const ended = once(child, "close").then(([code]) => {
    if (code === exitCode) return printed;
    throw new Error(`exit code ${code}, wanted ${exitCode}; printed '${printed.slice(-200)}'`);
  });
  // Neither is awaited on every path; a failure on the others is none of this program's.
  for (const promise of [accepted, ended]) promise.catch(() => {});
  if (serve) {
    const early = ended.then((text) => {
      throw new Error(`ended without a connection; printed '${text}'`);
    });
    const [socket, request] = await Promise.race([accepted, early]);
    socket.binaryType = "arraybuffer";
    signal.addEventListener("abort", () => socket.terminate());
    await serve(socket, request, child);
  }
  return ended;
}

const closeWith = async (socket, code = 1000, reason = "") => {
  equal((await close(socket, code, reason)).code, code);
};

const contains = (printed, ...parts) => {
  const missing = parts.find((part) => !printed.includes(part));
  if (missing !== undefined) throw new Error(`'${missing}' not in the output '${printed}'`);
};

const echo = (exchange, ...closeFrame) => (signal) => client(signal, {}, async (socket) => {
  await exchange(socket);
  await closeWith(socket, ...closeFrame);
});

const refused = (signal) => client(signal, { path: "/refused", exitCode: 1 });

const dropped = (drop) => (signal) => client(signal, { exitCode: 2 }, async (socket) => {
  await echoes(TEXT)(socket);
  drop();
});

async function interactive(signal) {
  const lines = ["first", "", TEXT];
  const printed = await client(signal, { options: [] }, async (socket, _, child) => {
    const typed = received(socket, lines.length);
    child.stdin.write(lines.map((line) => `${line}\n`).join(""));
    (await typed).forEach((text, n) => equal(text, lines[n]));
    socket.send(TEXT);
    socket.send(Uint8Array.of(0x00, 0xff, 0x80));
    const closed = new Promise((resolve) => { socket.onclose = resolve; });
    child.stdin.end();
    equal((await closed).code, 1000);
  });
  contains(printed, `text ${Buffer.byteLength(TEXT)} bytes: ${TEXT}`, "binary 3 bytes",
    "closed: 1000");
}

async function interactiveClosedByServer(signal) {
  const goodbye = (socket) => closeWith(socket, 3001, "tschüß");
  contains(await client(signal, { options: [] }, goodbye), "closed: 3001", "tschüß");
}

const requestHeaders = (signal) => {
  const options = ["--echo", "--header", "X-Interop: yes", "--origin", "http://elsewhere.example"];
  return client(signal, { path: "/path?query", options }, async (socket, { url, headers }) => {
    equal(`${url} ${headers["x-interop"]} ${headers.origin}`,
      "/path?query yes http://elsewhere.example");
    await closeWith(socket);
  });
};

const subprotocol = (signal) => {
  const options = ["--echo", "--subprotocol", "chat.v1", "--subprotocol", "chat.v2"];
  return client(signal, { options }, async (socket, { headers }) => {
    equal(headers["sec-websocket-protocol"].replaceAll(" ", ""), "chat.v1,chat.v2");
    equal(socket.protocol, "chat.v2");
    await echoes(TEXT)(socket);
    await closeWith(socket);
  });
};

await report.check("opening handshake", echo(report.noteExtensions));
for (const [what, exchange] of Object.entries({ ...exchanges, ...frameExchanges })) {
  await report.check(what, echo(exchange));
}
await report.check("close 3001 with reason", echo(echoes(TEXT), 3001, "tschüß"));
await report.check("refused with 401", refused);
await report.check("TCP ended without Close", dropped(() => tcp.destroy()));
await report.check("TCP reset", dropped(() => tcp.resetAndDestroy()));
await report.check("typed lines, printed messages", interactive);
await report.check("closed while a terminal waits", interactiveClosedByServer);
await report.check("path, header and origin", requestHeaders);
await report.check("subprotocol", subprotocol);
process.exit(report.failed ? 1 : 0);
