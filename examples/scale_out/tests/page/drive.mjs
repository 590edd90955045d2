// The page of the demo in headless Chromium: drive.mjs PROGRAM FOLDER
// Leaves screenshots in the folder. Exits with 1 if a check fails.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import { contrasts, overflow } from "../../../../crates/inspect/tests/workbench/looks.mjs";
import { Report, equal, ok } from "../../../../crates/inspect/tests/workbench/report.mjs";

// Only `require` looks into NODE_PATH.
const { chromium } = createRequire(import.meta.url)("playwright-core");
const [binary, folder] = process.argv.slice(2);
const PATIENCE = { timeout: 20_000 };

const program = spawn(binary, ["--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
const ended = once(program, "exit");
process.on("exit", () => program.kill());
const [line] = await once(createInterface(program.stdout), "line");
const { origin } = new URL(line.match(/http:\S+/)[0]);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
});
const report = new Report("scale_out page");
/** What pages have complained of, besides connections that are meant to fail. */
const complaints = [];

async function open({ width = 1200, height = 900, colorScheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.stack));
  page.on("console", (message) => {
    const isExpected = /WebSocket connection to/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !isExpected) complaints.push(message.text());
  });
  await page.goto(origin);
  for (const number of [0, 1]) {
    await says(page, number, "place", `on node ${number + 1}`);
    await counts(page, number, "shown", 1);
  }
  return page;
}

const panel = (page, number) => page.locator("section").nth(number);
const part = (page, number, name) => panel(page, number).locator(`[data-part=${name}]`);
const says = (page, number, name, text) =>
  part(page, number, name).filter({ hasText: text }).waitFor(PATIENCE);
const button = (page, number, name) => panel(page, number).getByRole("button", { name, exact: true });
const lines = (page, number) => part(page, number, "lines");

/** Waits until a counter is at least as high. */
async function counts(page, number, name, least) {
  const until = Date.now() + PATIENCE.timeout;
  for (;;) {
    const count = Number(await part(page, number, name).textContent());
    if (count >= least) return count;
    ok(Date.now() < until, `${name} is ${count}, not ${least}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

/** Nothing is missing or shown twice, and more comes. */
async function isWhole(page) {
  for (const number of [0, 1]) {
    const shown = await counts(page, number, "shown", 1);
    await counts(page, number, "shown", shown + 4);
    equal(await part(page, number, "gaps").textContent(), "0");
    equal(await part(page, number, "doubles").textContent(), "0");
  }
}

async function isRunningAgain(page, number) {
  await says(page, number, "state", "running");
}

await report.check("two clients on two nodes read the same room", async () => {
  const page = await open();
  await panel(page, 0).getByLabel("Message", { exact: true }).fill("is anybody there?");
  await button(page, 0, "Send").click();
  for (const number of [0, 1]) {
    await lines(page, number).getByText("Ann: is anybody there?").waitFor(PATIENCE);
    await says(page, number, "present", "Ann, Ben");
  }
  await isWhole(page);
  await page.close();
});

await report.check("the client of a node that is killed resumes on the other, and misses nothing", async () => {
  const page = await open();
  const before = await counts(page, 1, "shown", 5);
  await button(page, 0, "Kill this node").click();
  await says(page, 0, "place", "on node 2");
  await counts(page, 0, "resumed", 1);
  await lines(page, 0).getByText("resumed: nothing is missing").waitFor(PATIENCE);
  equal(await part(page, 0, "lost").textContent(), "0");
  await isWhole(page);
  await counts(page, 1, "shown", before + 10);
  await isRunningAgain(page, 0);
  // And back, when the other one is killed.
  await button(page, 1, "Kill this node").click();
  for (const number of [0, 1]) await says(page, number, "place", "on node 1");
  await isWhole(page);
  await isRunningAgain(page, 1);
  // Everybody has shown the same messages, in the same order.
  await page.locator("#publishing").uncheck();
  for (const number of [0, 1]) await says(page, number, "unacknowledged", /^0$/);
  await page.waitForTimeout(500);
  const shown = (number) => lines(page, number).locator("li:not(.note)").allTextContents();
  const [first, second] = [await shown(0), await shown(1)];
  const common = Math.min(first.length, second.length, 100);
  equal(first.slice(-common).join("\n"), second.slice(-common).join("\n"));
  await page.close();
});

await report.check("a node that stops sends its client away first", async () => {
  const page = await open();
  await button(page, 1, "Stop it").click();
  await says(page, 1, "place", "on node 1");
  await counts(page, 1, "resumed", 1);
  await isWhole(page);
  await isRunningAgain(page, 1);
  await page.close();
});

await report.check("Redis is restarted, and nothing is missing", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Restart Redis" }).click();
  await isWhole(page);
  for (const number of [0, 1]) equal(await part(page, number, "lost").textContent(), "0");
  await page.close();
});

await report.check("Redis is emptied, and the clients are told", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Empty Redis" }).click();
  for (const number of [0, 1]) {
    await counts(page, number, "lost", 1);
    await lines(page, number).getByText("not recovered").waitFor(PATIENCE);
  }
  await isWhole(page);
  await page.close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1200, 400]) {
    await report.check(`it is readable and fits, ${colorScheme}, ${width} pixels wide`, async () => {
      const page = await open({ width, colorScheme });
      const look = async (name) => {
        equal((await overflow(page)).join("; "), "");
        equal((await contrasts(page)).join("; "), "");
        await page.screenshot({ path: `${folder}/${name}_${colorScheme}_${width}.png`, fullPage: width < 1000 });
      };
      await counts(page, 0, "shown", 12);
      await look("start");
      await button(page, 0, "Kill this node").click();
      await says(page, 0, "state", "killed");
      await says(page, 0, "place", "on node 2");
      await counts(page, 0, "resumed", 1);
      await look("killed");
      await page.getByRole("button", { name: "Empty Redis" }).click();
      await counts(page, 0, "lost", 1);
      await look("emptied");
      await isRunningAgain(page, 0);
      await page.close();
    });
  }
}

await report.check("other pages may not use the buttons", async () => {
  const post = (headers) => fetch(`${origin}/nodes/0/kill`, { method: "POST", headers });
  equal((await post({})).status, 403);
  equal((await post({ Origin: "http://example.com" })).status, 403);
});

await report.check("no page complains", async () => equal(complaints.join("; "), ""));

await browser.close();
program.kill();
const [code] = await ended;
await report.check("the demo ends, and leaves nothing behind", async () => equal(code, 0));
process.exit(report.end());
