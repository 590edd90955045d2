// Two people on two servers of the chat, in headless Chromium:
// drive.mjs FOLDER REDIS_PORT "URL PROCESS" "URL PROCESS"
// Leaves screenshots in the folder. Exits with 1 if a check fails. run.py starts it, and the servers again that it kills.

import { once } from "node:events";
import { createRequire } from "node:module";
import { connect } from "node:net";

import { contrasts, overflow } from "../../../inspect/tests/workbench/looks.mjs";
import { Report, equal } from "../../../inspect/tests/workbench/report.mjs";

// Only `require` looks into NODE_PATH.
const { chromium } = createRequire(import.meta.url)("playwright-core");
const [folder, redis, ...servers] = process.argv.slice(2);
const [one, other] = servers.map((server) => server.split(" ")).map(([url, id]) => ({ url, id: Number(id) }));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  // Nothing leaves this machine.
  args: ["--no-sandbox", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
});
const report = new Report("chat");

/** What pages have complained of, except of connections: those of a server that was killed end in any state. */
const complaints = [];

async function open(url, { width = 900, height = 640, colorScheme = "light" } = {}) {
  const page = await (await browser.newContext({ viewport: { width, height }, colorScheme })).newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => complaints.push(error.stack));
  page.on("console", (message) => {
    const isOfConnection = /^(Failed to load resource|WebSocket)/.test(message.text());
    if (message.type() === "error" && !isOfConnection) complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

async function ask(page, name) {
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Enter" }).click();
}

async function enter(url, name, look) {
  const page = await open(url, look);
  await ask(page, name);
  await shows(page, "connected");
  return page;
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const shows = (page, status) => page.getByRole("status").getByText(status).waitFor();
const reason = (page, text) => page.getByRole("alert").filter({ hasText: text }).waitFor();
const item = (page, text) => page.locator("#messages li").filter({ hasText: text });
const sees = (page, text) => item(page, text).first().waitFor();
const delivered = (page, text) => page.locator("#messages li.mine:not(.pending)").filter({ hasText: text })
  .filter({ hasText: "✓ delivered" }).waitFor();
const texts = (page) => page.locator("#messages .text").allTextContents();

async function say(page, text) {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await button(page, "Send").click();
}

async function tells(from, to, text) {
  await say(from, text);
  await delivered(from, text);
  await sees(to, text);
}

async function go(page, room) {
  await button(page, room).click();
  await page.locator("#online").getByText(`in the ${room}`).waitFor();
}

/** Waits until exactly these are online in the room of the page. */
async function online(page, names) {
  await page.waitForFunction((names) =>
    [...document.querySelectorAll("#people li")].map((item) => item.textContent).join() === names, names.join());
}

/** Speaks to the server without the page's script, as somebody who is up to something. */
const intrude = (page, event, argument) => page.evaluate(async ([event, argument]) => {
  const socket = io({ forceNew: true, auth: { name: "Mallory", secret: "0123456789abcdef" } });
  try {
    return await socket.timeout(5000).emitWithAck(event, argument);
  } finally {
    socket.disconnect();
  }
}, [event, argument]);

async function looks(page, name) {
  await page.screenshot({ path: `${folder}/${name}.png` });
  equal((await contrasts(page)).join("\n"), "");
  equal((await overflow(page)).join("\n"), "");
}

let ann;
let ben;

await report.check("names that are empty, too long or not names are refused with the reason", async () => {
  ann = await open(one.url);
  await looks(ann, "login");
  await ask(ann, "  ");
  await reason(ann, "The name is empty.");
  await ask(ann, "x".repeat(25));
  await reason(ann, "25 characters, and may have 24");
  await ask(ann, "<b>Ann</b>");
  await reason(ann, "use letters, digits, spaces");
  await looks(ann, "refused");
  await ask(ann, "Ann");
  await shows(ann, "connected");
});

await report.check("a name belongs to one person, on both servers", async () => {
  ben = await open(other.url);
  await ask(ben, "ann");
  await reason(ben, "ann is somebody else: take another name.");
  await ask(ben, "Ben");
  await shows(ben, "connected");
});

await report.check("who is online is the same on both servers", async () => {
  await online(ann, ["Ann (you)", "Ben"]);
  await online(ben, ["Ann", "Ben (you)"]);
});

await report.check("messages are delivered both ways", async () => {
  await tells(ann, ben, "Hello from the first server");
  await tells(ben, ann, "And hello from the second one");
  equal((await texts(ann)).join(), (await texts(ben)).join());
});

await report.check("who is typing is seen on the other server, until it is said", async () => {
  await ann.getByLabel("Message", { exact: true }).pressSequentially("What");
  await ben.locator("#typing").getByText("Ann is typing …").waitFor();
  await ben.screenshot({ path: `${folder}/typing.png` });
  await tells(ann, ben, "What a nice chat");
  await ben.waitForFunction(() => document.querySelector("#typing").textContent === "");
});

await report.check("rooms are apart, and have a history", async () => {
  await go(ben, "kitchen");
  await online(ann, ["Ann (you)"]);
  await online(ben, ["Ben (you)"]);
  await say(ben, "Tea is ready");
  await delivered(ben, "Tea is ready");
  await tells(ann, ann, "Still in the lobby");
  equal(await item(ann, "Tea is ready").count(), 0);
  await go(ann, "kitchen");
  await sees(ann, "Tea is ready");
  await go(ann, "lobby");
  await go(ben, "lobby");
  await sees(ben, "Still in the lobby");
  await online(ann, ["Ann (you)", "Ben"]);
});

await report.check("history is sent on joining: the last 50", async () => {
  for (let number = 1; number <= 52; number += 1) await say(ben, `Message ${number}.`);
  await delivered(ben, "Message 52.");
  const cat = await enter(one.url, "Cat");
  await sees(cat, "Message 52.");
  const seen = await texts(cat);
  equal([seen.length, seen[0], seen.at(-1)].join(), "50,Message 3.,Message 52.");
  await button(cat, "Leave").click();
  await cat.getByLabel("Your name").waitFor();
  await online(ann, ["Ann (you)", "Ben"]);
});

await report.check("markup is text, and nobody speaks for another", async () => {
  await tells(ann, ben, "<img src=x onerror=alert(1)> <b>not bold</b>");
  equal(await ben.locator("#messages img").count(), 0);
  const forged = { room: "lobby", text: "I owe Mallory 100", key: "1", name: "Ann" };
  await intrude(ben, "say", forged);
  await sees(ann, "I owe Mallory 100");
  equal(await item(ann, "I owe Mallory 100").locator("b").textContent(), "Mallory");
  const { error } = await intrude(ben, "say", { ...forged, text: "x".repeat(1001), key: "2" });
  equal(error, "the message has 1001 characters, and may have 1000");
  const refused = await intrude(ben, "join", "cellar");
  equal("history" in refused, false);
});

await report.check("after a kill, who was there is gone, and comes back having missed nothing", async () => {
  process.kill(one.id, "SIGKILL");
  await shows(ann, "reconnecting");
  await say(ann, "Said while the server was down");
  await sees(ann, "Said while the server was down");
  for (const number of [1, 2, 3]) {
    await say(ben, `Missed ${number}`);
    await delivered(ben, `Missed ${number}`);
  }
  await ann.screenshot({ path: `${folder}/killed.png` });
  await online(ben, ["Ben (you)"]);
  equal(await item(ann, "Missed 1").count(), 0);
  await sees(ann, "back, nothing missed");
  await shows(ann, "connected");
  await sees(ann, "Missed 3");
  await delivered(ann, "Said while the server was down");
  await sees(ben, "Said while the server was down");
  await online(ann, ["Ann (you)", "Ben"]);
  await online(ben, ["Ann", "Ben (you)"]);
  const last = async (page) => (await texts(page)).slice(-4).join();
  equal(await last(ann), "Missed 1,Missed 2,Missed 3,Said while the server was down");
  equal(await last(ben), await last(ann));
  await looks(ann, "recovered");
});

await report.check("a reload keeps the name, and loads the history", async () => {
  await ben.reload();
  await shows(ben, "connected");
  await sees(ben, "Missed 3");
  await online(ben, ["Ann", "Ben (you)"]);
  await tells(ann, ben, "Welcome back");
});

await report.check("light, dark and narrow, it is readable", async () => {
  const [dan, eve] = [
    await enter(one.url, "Dan", { colorScheme: "dark" }),
    await enter(other.url, "Eve", { width: 400, height: 720 }),
  ];
  await online(ann, ["Ann (you)", "Ben", "Dan", "Eve"]);
  await tells(dan, eve, "It is dark here, and this is a message that is long enough to need several lines in any window.");
  await tells(eve, dan, "And narrow here");
  await dan.getByLabel("Message", { exact: true }).pressSequentially("Hm");
  await eve.locator("#typing").getByText("Dan is typing …").waitFor();
  await looks(ann, "light");
  await looks(dan, "dark");
  await looks(eve, "400");
  const fay = await enter(one.url, "Fay", { width: 400, height: 720, colorScheme: "dark" });
  await sees(fay, "And narrow here");
  await looks(fay, "400_dark");
  for (const page of [dan, eve, fay]) await button(page, "Leave").click();
  await online(ann, ["Ann (you)", "Ben"]);
});

await report.check("a page shows both servers side by side", async () => {
  const page = await open(one.url, { width: 1200 });
  await page.getByRole("link", { name: "Show two servers side by side" }).click();
  const frames = [one, other].map(({ url }) => page.frameLocator(`iframe[src^="${url}"]`));
  for (const [index, name] of ["Gus", "Hal"].entries()) await ask(frames[index], name);
  await say(frames[0], "From the left");
  await item(frames[1], "From the left").waitFor();
  await say(frames[1], "From the right");
  await item(frames[0], "From the right").waitFor();
  await looks(page, "both");
  await page.setViewportSize({ width: 400, height: 800 });
  await looks(page, "both_400");
  await page.close();
});

await report.check("who is not recovered is told so, and the chat goes on", async () => {
  const connection = connect(Number(redis), "127.0.0.1");
  connection.write("FLUSHALL\r\n");
  equal(`${await once(connection, "data")}`.trim(), "+OK");
  connection.destroy();
  await say(ben, "After the flush");
  await sees(ann, "back, the history is loaded again");
  await delivered(ben, "After the flush");
  await sees(ann, "After the flush");
  await tells(ann, ben, "The chat goes on");
  await online(ann, ["Ann (you)", "Ben"]);
});

await report.check("no page has complained", async () => equal(complaints.join("\n"), ""));
await browser.close();
process.exit(report.end());
