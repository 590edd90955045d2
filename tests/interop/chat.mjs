// Pages in headless Chromium in the example `axum_chat`: chat.mjs BINARY WORK_FOLDER
// Leaves a screenshot, chat.png, in the folder.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import { Report, equal, opened } from "./checks.mjs";

// Only `require` looks into NODE_PATH.
const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const { WebSocket } = require("ws");

const [binary, work] = process.argv.slice(2);

/** What the server has complained of. */
let complaints = "";

/** Starts the server, and resolves once it listens. */
async function start(listen) {
  const server = spawn(binary, ["--listen", listen], { stdio: ["ignore", "pipe", "pipe"] });
  server.stderr.setEncoding("utf8").on("data", (text) => { complaints += text; });
  const [line] = await once(createInterface(server.stdout), "line");
  return { server, url: new URL(line.replace("listening on ", "")) };
}

/** Stops the server as Ctrl-C does. */
async function stop() {
  const exited = once(server, "exit");
  server.kill("SIGINT");
  equal(`${await exited}`, "0,");
}

let { server, url } = await start("127.0.0.1:0");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--no-proxy-server",
    // Nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});
const report = new Report(`chromium ${browser.version().split(".")[0]} -> axum_chat`, console.log);

/** A page, once it shows that status. */
async function enter(name, { token = "sesame", status = `connected as ${name}` } = {}) {
  const context = await browser.newContext({ viewport: { width: 820, height: 600 } });
  const page = await context.newPage();
  await page.goto(url.href);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Connect" }).click();
  await shows(page, status);
  return page;
}

const shows = (page, status) => page.getByRole("status").getByText(status).waitFor();
const sees = (page, text) => page.getByRole("listitem").filter({ hasText: text }).waitFor();

async function say(page, text) {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

const acknowledged = (page, text) =>
  page.locator("li.mine.acknowledged").filter({ hasText: text }).waitFor();

async function join(page, room) {
  await page.getByRole("button", { name: room }).click();
  await page.locator(`[aria-current]:text("${room}")`).waitFor();
}

/** Says something on one page that is acknowledged there and seen on the other. */
async function tells(from, to, text) {
  await say(from, text);
  await acknowledged(from, text);
  await sees(to, text);
}

/** A client that is no browser. */
async function plain(name, signal, room = "kitchen") {
  const query = new URLSearchParams({ token: "sesame", secret: name, room, name });
  const socket = new WebSocket(`${url}chat?${query}`);
  signal.addEventListener("abort", () => socket.terminate());
  await opened(socket);
  return socket;
}

const request = (socket, id, text) => socket.send(JSON.stringify({ event: "say", id, text }));

let ann, ben;
await report.check("two pages exchange messages, which are acknowledged", async () => {
  ann = await enter("Ann");
  ben = await enter("Ben");
  await sees(ann, "Ben has joined the lobby");
  await tells(ann, ben, "Hello Ben, this is a plain WebSocket.");
  await tells(ben, ann, "Grüße! 👋🏽 No library, and it comes back by itself?");
  await tells(ann, ben, "<b>It does</b>, with <i>backoff</i>.");
});
await report.check("another room does not see them", async () => {
  const cleo = await enter("Cleo");
  await join(cleo, "garden");
  await tells(ben, ann, "only for the lobby");
  await join(ben, "garden");
  await sees(ann, "Ben has left the lobby");
  await tells(ben, cleo, "only for the garden");
  equal(await cleo.getByText("only for the lobby").count(), 0);
  equal(await ann.getByText("only for the garden").count(), 0);
  await join(ben, "lobby");
  await cleo.context().close();
  await sees(ann, "Cleo has left the lobby");
});
await report.check("a wrong token is refused", async () => {
  const { port } = url;
  const dan = await enter("Dan", { token: "wrong", status: "wrong token" });
  const query = "name=Dan&room=lobby&secret=d&token=wrong";
  const answer = await fetch(`http://127.0.0.1:${port}/chat?${query}`);
  equal(answer.status, 401);
  equal(await ann.getByText("Dan").count(), 0);
  await dan.context().close();
});
await report.check("a name of two lines is refused", async () => {
  const dan = await enter("Dan\u2028Ann", { status: "this name cannot be used" });
  await dan.context().close();
});
await report.check("nobody can take the ids of another page's messages", async (signal) => {
  const mallory = await plain("Ann", signal, "lobby");
  const taken = new Promise((resolve) => {
    mallory.on("message", (data) => { if (JSON.parse(data).id === 99) resolve(); });
  });
  for (let id = 0; id < 100; id++) request(mallory, id, "instead");
  await taken;
  await tells(ann, ben, "I am still heard.");
  mallory.terminate();
});
await report.check("a slow reader is told how many messages it has missed", async (signal) => {
  const [slow, fast] = await Promise.all(["slow", "fast"].map((name) => plain(name, signal)));
  const hears = (socket, isIt) => new Promise((resolve) => {
    socket.on("message", (data) => { if (isIt(JSON.parse(data))) resolve(); });
  });
  const missed = hears(slow, ({ event, count }) => event === "missed" && count > 0);
  slow.pause();
  // More than the system keeps for a reader.
  const last = hears(fast, ({ event, id }) => event === "ack" && id === 2999);
  for (let id = 0; id < 3000; id++) request(fast, id, "x".repeat(8000));
  await last;
  slow.resume();
  await missed;
});
await report.check("who leaves while others talk leaves cleanly", async (signal) => {
  const names = Array.from({ length: 8 }, (_, n) => `leaver ${n}`);
  const talker = await plain("talker", signal);
  const leavers = await Promise.all(names.map((name) => plain(name, signal)));
  const codes = Promise.all(leavers.map(async (leaver) => {
    leaver.close(1000);
    const [code] = await once(leaver, "close");
    return code;
  }));
  for (let id = 0; id < 1000; id++) request(talker, id, "Do not go!");
  equal(`${await codes}`, `${names.map(() => 1000)}`);
  equal(`${complaints.match(/^"leaver.*/m) ?? ""}`, "");
});
await report.check("what is no request is answered with 1008", async (signal) => {
  const socket = await plain("odd", signal);
  socket.send("nonsense");
  const [code] = await once(socket, "close");
  equal(code, 1008);
});
await report.check("a server that stops closes with 1001 and ends", async () => {
  await stop();
  await Promise.all([ann, ben].map((page) => sees(page, "the server has stopped")));
});
await report.check("both pages reconnect by themselves and exchange messages again", async () => {
  await say(ann, "said while there was no server");
  ({ server } = await start(url.host));
  await acknowledged(ann, "said while there was no server");
  await Promise.all([shows(ann, "connected as Ann"), shows(ben, "connected as Ben")]);
  await tells(ann, ben, "We are back.");
  await tells(ben, ann, "So we are.");
  equal(await ann.getByText("said while there was no server").count(), 1);
});
await ann.screenshot({ path: `${work}/chat.png` });
await browser.close();
server.kill();
if (report.failed) console.log(complaints);
process.exit(report.failed ? 1 : 0);
