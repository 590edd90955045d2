// Headless Chromium as client of our echo server: chromium.mjs NAME URL PROFILE_FOLDER
// Serves browser.html on a port of its own and prints the report that the page posts.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createRelay } from "node:net";
import { pipeline } from "node:stream";
import { text } from "node:stream/consumers";

const SECONDS_FOR_ALL = 120;
const FILES = {
  "/": ["browser.html", "text/html"],
  "/checks.mjs": ["checks.mjs", "text/javascript"],
};

const [name, url, profile] = process.argv.slice(2);
const { protocol, hostname, port } = new URL(url);
await rm(profile, { recursive: true, force: true });

let report;
const reported = new Promise((resolve) => { report = resolve; });
const pages = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/report") {
    report(await text(request));
    response.end();
  } else if (FILES[pathname]) {
    const [file, type] = FILES[pathname];
    response.setHeader("Content-Type", type);
    response.end(await readFile(new URL(file, import.meta.url)));
  } else {
    response.writeHead(404).end();
  }
}).listen(0, "127.0.0.1");
await once(pages, "listening");

/** How many frames continue a message in what a browser sent, which opens with its request. */
function continuationFrames(bytes) {
  let count = 0;
  let at = bytes.indexOf("\r\n\r\n") + 4;
  while (at + 1 < bytes.length) {
    // RFC 6455 5.2: the length is in 7, 16 or 64 bits, and a client's frame has a mask key.
    const short = bytes[at + 1] & 0x7f;
    const [extended, length] = short < 126 ? [0, short]
      : short === 126 ? [2, bytes.readUInt16BE(at + 2)]
      : [8, Number(bytes.readBigUInt64BE(at + 2))];
    if ((bytes[at] & 0x0f) === 0) count += 1;
    at += 2 + extended + 4 + length;
  }
  return count;
}

// A page cannot ask for fragments, but Chromium splits a large message by itself. The relay is
// here to see that it did.
const connections = [];
const relay = createRelay((fromBrowser) => {
  const sent = [];
  connections.push(sent);
  fromBrowser.on("data", (bytes) => sent.push(bytes));
  const toServer = connect(port, hostname);
  // An end or an error on one side ends the other, which is all there is to do.
  pipeline(fromBrowser, toServer, fromBrowser, () => {});
}).listen(0, "127.0.0.1");
await once(relay, "listening");

const page = new URL(`http://localhost:${pages.address().port}/`);
const relayed = `${protocol}//127.0.0.1:${relay.address().port}`;
page.search = new URLSearchParams({ name, url: relayed });
const chromium = spawn(process.env.CHROMIUM || "chromium", [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
  "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--disable-default-apps", "--disable-breakpad", "--no-proxy-server",
  "--enable-logging=stderr", "--ignore-certificate-errors",
  // Nothing leaves this machine.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
  `--user-data-dir=${profile}`, page.href,
], { stdio: ["ignore", "ignore", "pipe"] });
let errors = "";
chromium.stderr.setEncoding("utf8").on("data", (line) => { errors += line; });

const ended = once(chromium, "exit");
const timeout = new Promise((resolve) => { setTimeout(resolve, SECONDS_FOR_ALL * 1000); });
let failed = true;
try {
  const lines = await Promise.race([reported, ended, timeout]);
  if (typeof lines !== "string") throw new Error(`no report from the page\n${errors}`);
  console.log(lines);
  failed = /^FAILED/m.test(lines);
  // Nobody sees frames through TLS.
  if (protocol === "ws:") {
    const fragments = connections
      .map((sent) => continuationFrames(Buffer.concat(sent)))
      .reduce((sum, count) => sum + count, 0);
    const verdict = fragments > 0 ? "ok     " : "FAILED ";
    console.log(`${verdict} chromium -> ${name}: ${fragments} continuation frames from the browser`);
    failed ||= fragments === 0;
  }
} catch (error) {
  console.log(`FAILED  chromium -> ${name}: run: ${error.message}`);
}
chromium.kill();
await ended.catch(() => {});
await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
process.exit(failed ? 1 : 0);
