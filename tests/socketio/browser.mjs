// The official browser bundle in headless Chromium, as a client that keeps the contract of README.md:
// browser.mjs URL SCENARIO... The page is of the origin ORIGIN, a port of localhost.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// Only `require` looks into NODE_PATH.
const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");

const bundled = pathToFileURL(require.resolve("socket.io-client/package.json"));
const FILES = {
  "/": [new URL("browser.html", import.meta.url), "text/html"],
  "/scenarios.mjs": [new URL("scenarios.mjs", import.meta.url), "text/javascript"],
  "/socket.io.min.js": [new URL("dist/socket.io.min.js", bundled), "text/javascript"],
};

const [url, ...names] = process.argv.slice(2);
const { ORIGIN, CHROMIUM = "/usr/bin/chromium" } = process.env;
const pages = createServer(async (request, response) => {
  if (!FILES[request.url]) return response.writeHead(404).end();
  const [file, type] = FILES[request.url];
  response.setHeader("Content-Type", type);
  response.end(await readFile(file));
});
await once(pages.listen(new URL(ORIGIN).port, "127.0.0.1"), "listening");

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: [
    "--no-sandbox", "--no-proxy-server",
    // Nothing leaves this machine.
    "--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(`${error}`));
await page.exposeFunction("print", (line) => console.log(line));
await page.goto(ORIGIN);
const ok = await page.evaluate(async ([url, names]) => {
  const { run } = await import("/scenarios.mjs");
  return run(io, url, names, print);
}, [url, names]);
await browser.close();
process.exit(ok ? 0 : 1);
