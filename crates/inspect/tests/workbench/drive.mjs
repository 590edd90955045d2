// The workbench in headless Chromium: drive.mjs PROGRAM FOLDER
// Leaves screenshots in the folder. Exits with 1 if a check fails.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

import { contrasts, overflow } from "./looks.mjs";
import { Report, equal, ok } from "./report.mjs";
import { reached, tabTo } from "./reach.mjs";

// Only `require` looks into NODE_PATH.
const { chromium } = createRequire(import.meta.url)("playwright-core");
const [binary, folder] = process.argv.slice(2);

const program = spawn(binary, ["workbench", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => program.kill());
const [line] = await once(createInterface(program.stdout), "line");
const { origin } = new URL(line.match(/http:\S+/)[0]);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
});
const report = new Report("workbench");

/** What the pages have complained of, and where they have sent requests. */
const complaints = [];
const strangers = [];

async function open({ width = 1200, height = 900, colorScheme = "light", hash = "" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.stack));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) strangers.push(request.url());
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== new URL(origin).host) strangers.push(socket.url());
  });
  await page.goto(`${origin}/${hash}`);
  if (!hash) await row(page, "server", "response").waitFor();
  return page;
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const tab = (page, name) => page.getByRole("tab", { name, exact: true });
const row = (page, sender, kind) => page.locator("#messages .option")
  .filter({ has: page.locator(".name", { hasText: new RegExp(`^${kind}$`) }) }).filter({ hasText: `${sender} ${kind}` });
const verdict = (page) => page.locator("#verdict");
const state = (page, end) => page.locator(`#end-${end} .state`);
const says = async (locator, text) => { await locator.filter({ hasText: text }).waitFor({ timeout: 10_000 }); };
const shot = (page, name, options = {}) => page.screenshot({ path: `${folder}/${name}.png`, ...options });

async function compose(page, kind, { payload, ...fields } = {}) {
  await tab(page, "Compose").click();
  await page.locator("#kinds label").filter({ hasText: kind }).click();
  if (payload !== undefined) await page.locator("[name=payload]").fill(payload);
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`[name=${name}]`);
    if (!await field.isVisible()) await page.getByText("Frames, mask and bits").click();
    if (typeof value === "boolean") await field.setChecked(value);
    else if (await field.evaluate((element) => element.tagName === "SELECT")) await field.selectOption(value);
    else await field.fill(value);
  }
}

async function send(page, ...composition) {
  await compose(page, ...composition);
  await button(page, "Send").click();
}

async function connect(page, fields = {}) {
  await tab(page, "Connection").click();
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`[name=${name}]`);
    if (typeof value === "boolean") await field.setChecked(value);
    else await field.selectOption(value);
  }
  await button(page, "Connect").click();
  await row(page, "server", "response").waitFor();
}

await report.check("it opens connected, with the handshake explained and Hello suggested", async () => {
  const page = await open();
  await says(state(page, "client"), "open");
  await says(state(page, "server"), "open");
  await says(page.locator("#subject-title"), "Server: response");
  await says(page.locator("#fields"), "Sec-WebSocket-Accept");
  equal(await page.locator("[name=payload]").inputValue(), "Hello");
  await row(page, "client", "request").click();
  await says(page.locator("#fields"), "Sec-WebSocket-Key");
});

await report.check("each kind is sent, and what comes back is shown", async () => {
  const page = await open();
  await send(page, "Text", { payload: "Grüße" });
  await says(row(page, "server", "text"), "Grüße");
  await send(page, "Binary", { payload: "00 ff" });
  await row(page, "server", "binary").waitFor();
  await send(page, "Ping", { payload: "there?" });
  await row(page, "server", "Pong").waitFor();
  await send(page, "Pong");
  await row(page, "client", "Pong").waitFor();
  await send(page, "Text", { payload: "Hello in pieces", fragments: "3" });
  await says(row(page, "server", "text").last(), "Hello in pieces");
  equal(await row(page, "client", "continuation").count(), 2);
  await send(page, "Raw", { payload: "89 80 00 00 00 00" });
  await says(row(page, "server", "Pong").last(), "2 B");
  await compose(page, "Raw", { payload: "8" });
  await says(page.locator("#compose-problem"), "odd");
  await send(page, "Close", { payload: "done", code: "4000", fragments: "1" });
  await says(state(page, "server"), "TCP closed");
  await says(state(page, "client"), "TCP closed");
  await says(row(page, "server", "Close"), "4000");
});

await report.check("the preview shows the frame before it is sent", async () => {
  const page = await open();
  await compose(page, "Text", { payload: "Hello", mask: "fixed" });
  await says(page.locator("#bytes"), "7f");
  await says(page.locator("#subject-origin"), "Preview");
  await compose(page, "Text", { mask: "none" });
  await says(verdict(page), "Breaks 6455-5.1-2");
  await compose(page, "Text", { mask: "fixed", length_form: "64" });
  await says(verdict(page), "Breaks 6455-5.2-6");
  await compose(page, "Text", { length_form: "shortest", rsv2: true });
  await says(verdict(page), "Breaks 6455-5.2-2");
  await compose(page, "Text", { rsv2: false });
  await says(verdict(page), "Obeys");
  await compose(page, "Close", { code: "1005", payload: "" });
  await says(verdict(page), "Breaks 6455-7.4.1-1");
  equal(await row(page, "client", "text").count(), 0);
});

await report.check("a flipped bit changes the verdict, and the views follow each other", async () => {
  const page = await open();
  await send(page, "Text", { payload: "Hello" });
  await says(page.locator("#subject-origin"), "On the wire");
  await says(verdict(page), "Obeys");
  const bit = page.locator(".bit").nth(8);
  await bit.click();
  await says(verdict(page), "Breaks 6455-5.1-2");
  await says(page.locator("#subject-origin"), "copy");
  equal(await page.evaluate(() => document.activeElement.className.includes("flipped")), true);
  await page.keyboard.press("Enter");
  // It has the key of the frame that it was copied from.
  await says(verdict(page), "Breaks no rule, but");
  await compose(page, "Text", { payload: "Hello again" });
  await says(verdict(page), "Obeys");
  await page.locator(".bit").nth(8).focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Space");
  // Opcode 0: a continuation of nothing.
  await says(verdict(page), "Breaks 6455-5.4-3");
  await page.keyboard.press("Space");
  await says(verdict(page), "Obeys");
  await page.locator("#fields .row").filter({ has: page.getByText("masking key", { exact: true }) }).click();
  equal(await page.locator("#bytes .byte.linked").count(), 4);
  equal(await page.locator(".segment.linked").count(), 2);
  await says(page.locator("#rule"), "6455-5.3-5");
  await page.locator("#bytes .byte").first().click();
  equal(await page.locator("#fields .row.linked").count(), 5);
  await page.locator("#bytes .byte").nth(7).hover();
  ok(await page.locator("#fields .row.hovered").count() > 0, "hovering marks nothing");
  await page.locator("#show-bits").check();
  await says(page.locator("#bytes"), "10000001");
  await shot(page, "flipped_light");
});

await report.check("each broken frame breaks its rule, and the peer answers", async () => {
  const page = await open();
  await tab(page, "Broken frames").click();
  const pictures = page.locator("#gallery .option");
  const count = await pictures.count();
  ok(count >= 20, `${count} broken frames`);
  let ofServer = 0;
  for (let index = 0; index < count; index += 1) {
    const picture = pictures.nth(index);
    const clause = (await picture.locator(".sign-bad").textContent()).replace("✗ ", "");
    await picture.click();
    await says(page.locator("#subject-origin"), (await picture.locator(".name").textContent()));
    await says(verdict(page), `Breaks ${clause}:`);
    await says(page.locator("#rule"), clause);
    const isServer = (await picture.textContent()).includes("server");
    await button(page, isServer ? "Let the peer send it" : "Send it").click();
    await says(page.locator("#subject-origin"), "On the wire");
    await page.locator("#messages .option").filter({ hasText: `✗ ${clause}` }).first().waitFor();
    await row(page, isServer ? "client" : "server", "Close").first().waitFor();
    await says(state(page, "server"), "TCP closed");
    ofServer += isServer;
  }
  ok(ofServer >= 3, `${ofServer} broken frames of the server`);
  await shot(page, "gallery_light");
});

await report.check("a link has the bytes, and explains them without a connection", async () => {
  const page = await open();
  await tab(page, "Broken frames").click();
  await page.locator("#gallery .option").first().click();
  await says(verdict(page), "Breaks 6455-5.1-2");
  await button(page, "Copy link").click();
  await button(page, "Copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  ok(link.startsWith(`${origin}/#role=client&bytes=8105`), link);
  const other = await open({ hash: new URL(link).hash });
  await says(other.locator("#subject-origin"), "From a link");
  await says(verdict(other), "Breaks 6455-5.1-2");
  await says(state(other, "client"), "not connected");
  await send(other, "Text", { payload: "now connect" });
  await says(row(other, "server", "text"), "now connect");
  const server = await open({ hash: "#role=server&bytes=8105-48656c6c6f" });
  await says(verdict(server), "Obeys");
});

await report.check("compression saves bytes, as far as the windows allow", async () => {
  const page = await open();
  await connect(page, { deflate: true, server_keeps_window: false, client_window_bits: "10" });
  await says(page.locator("#compression"), "window 1024 bytes, kept");
  await says(page.locator("#compression"), "window 32768 bytes, new for each message");
  const payload = "The same words, again and again: the same words.";
  for (const length of [1, 2]) {
    await send(page, "Text", { payload });
    await page.locator("#messages .option").filter({ hasText: "server text" }).nth(length - 1).waitFor();
  }
  const sizes = await page.locator("#messages .option").filter({ hasText: "client text" })
    .allTextContents();
  const [first, second] = sizes.map((text) => Number(text.match(/(\d+) B/)[1]));
  ok(second < first, `${first} B, then ${second} B`);
  await says(page.locator("#compression"), "2 messages: 96 →");
  await says(page.locator("#fields"), "DEFLATE block");
  await shot(page, "compression_light");
  await compose(page, "Text", { compressed: false });
  await says(page.locator("#fields"), "the message is not compressed");
});

await report.check("the ends close one after the other", async () => {
  const page = await open();
  await tab(page, "Connection").click();
  await button(page, "Drop TCP").click();
  await says(state(page, "client"), "TCP closed");
  await connect(page, { answers: false });
  await send(page, "Close", { code: "1000", payload: "" });
  await says(state(page, "server"), "TCP closed");
  equal(await page.locator("#end-client .step.done").count(), 4);
});

await report.check("an address that does not answer is an error in words", async () => {
  const page = await open();
  await tab(page, "Connection").click();
  await page.locator("label").filter({ hasText: /^Address$/ }).first().click();
  await page.locator("[name=address]").fill("ws://127.0.0.1:1/");
  await button(page, "Connect").click();
  await says(page.locator("#failure"), "127.0.0.1, port 1");
  await page.locator("[name=address]").fill("http://127.0.0.1/");
  await button(page, "Connect").click();
  await says(page.locator("#failure"), "use ws://");
});

await report.check("an address that is slow can be given up", async () => {
  // It never answers the first message of TLS.
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const page = await open();
  await tab(page, "Connection").click();
  await page.locator("label").filter({ hasText: /^Address$/ }).first().click();
  await page.locator("[name=address]").fill(`wss://127.0.0.1:${silent.address().port}/`);
  await button(page, "Connect").click();
  await says(state(page, "server"), "dialling");
  await compose(page, "Text", { payload: "meanwhile" });
  await says(page.locator("#subject-origin"), "Preview, not sent; explained as the first one of a new connection");
  await tab(page, "Connection").click();
  await button(page, "Cancel").click();
  await says(state(page, "client"), "not connected");
  equal(await button(page, "Drop TCP").isDisabled(), true);
  await button(page, "Connect").click();
  await says(state(page, "server"), "dialling");
  await page.locator("label").filter({ hasText: "Built-in peer" }).click();
  await button(page, "Connect").click();
  await row(page, "server", "response").waitFor();
  await says(state(page, "client"), "open");
  silent.close();
});

await report.check("the request can be changed, and the server's answer is seen", async () => {
  const page = await open();
  await tab(page, "Connection").click();
  await page.getByText("Edit the request", { exact: true }).click();
  const request = page.locator("[name=request]");
  await says(page.locator("#subject-origin"), "Request, not sent");
  await says(verdict(page), "Obeys");
  const text = await request.inputValue();
  ok(text.startsWith("GET /echo HTTP/1.1\n"), text);
  await request.fill(text.replace("Upgrade: websocket\n", ""));
  await says(verdict(page), "Breaks");
  await shot(page, "request_light");
  await button(page, "Connect").click();
  await says(page.locator("#failure"), "the handshake has failed: HTTP/1.1 4");
  await says(row(page, "client", "request"), "GET /echo");
  await says(state(page, "server"), "TCP closed");
  await button(page, "Reset the request").click();
  await says(verdict(page), "Obeys");
  await button(page, "Connect").click();
  await says(state(page, "client"), "open");
  await page.locator("#messages .option").first().click();
  await button(page, "Copy link").click();
  await button(page, "Copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await open({ hash: new URL(link).hash });
  await says(other.locator("#subject-title"), "Client: request");
});

await report.check("what cannot be sent is said in words", async () => {
  const page = await open();
  await compose(page, "Close", { code: "70000" });
  await says(page.locator("#compose-problem"), "from 0 to 65535");
  await compose(page, "Close", { code: "1000" });
  await compose(page, "Text", { payload: "x".repeat(300_000) });
  await says(page.locator("#compose-problem"), "too long");
  await send(page, "Text", { payload: "x".repeat(100_000) });
  await row(page, "server", "text").waitFor();
  await row(page, "client", "text").click();
  await says(page.locator("figcaption"), "too long to be copied");
  equal(await button(page, "Copy link").isVisible(), false);
});

await report.check("a broken frame is found, changed and sent by the keyboard alone", async () => {
  const page = await open();
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  await tabTo(page, "#tab-compose");
  await tabTo(page, "[name=kind]");
  await press("ArrowRight", "ArrowRight");
  await says(page.locator("#payload-label"), "Payload");
  await press("ArrowLeft", "ArrowLeft");
  await tabTo(page, "#panel-compose [type=submit]");
  await press("Enter");
  await row(page, "server", "text").waitFor();
  await tabTo(page, "#tab-compose");
  await press("ArrowRight");
  await tabTo(page, "#gallery .option");
  await press("ArrowDown", "ArrowDown");
  await says(verdict(page), "Breaks 6455-5.2-2");
  await tabTo(page, ".bit");
  await press("Home", "ArrowRight", "Space");
  await says(verdict(page), "Obeys");
  await press("ArrowRight", "Space");
  await says(verdict(page), "Breaks 6455-5.2-2");
  await tabTo(page, "#send-subject");
  await press("Enter");
  await says(row(page, "server", "Close"), "1002");
});

await report.check("the keyboard alone reaches everything", async () => {
  const page = await open();
  await page.keyboard.press("Tab");
  equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the explanation");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  equal(await page.evaluate(() => Boolean(document.activeElement.closest("#explanation"))), true);
  await send(page, "Text", { payload: "Hello", fragments: "2" });
  await page.locator("#messages .option").nth(4).waitFor();
  for (const name of ["Compose", "Broken frames", "Connection"]) {
    await tab(page, name).click();
    if (name === "Connection") await page.getByText("Edit the request", { exact: true }).click();
    const missing = await reached(page);
    equal(missing.join("; "), "");
  }
  await page.locator("#messages .option[tabindex='0']").focus();
  await page.keyboard.press("Home");
  await says(page.locator("#subject-title"), "Client: request");
  await page.keyboard.press("ArrowDown");
  await says(page.locator("#subject-title"), "Server: response");
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1200, 400]) {
    await report.check(`it fits and can be read: ${colorScheme}, ${width} pixels`, async () => {
      const page = await open({ width, colorScheme });
      const look = async (name, options) => {
        equal((await overflow(page)).join("; "), "");
        equal((await contrasts(page)).join("; "), "");
        await shot(page, `${name}_${colorScheme}_${width}`, { fullPage: width < 1000, ...options });
      };
      await look("start");
      await connect(page, { deflate: true });
      await look("connection");
      await send(page, "Text", { payload: "Hello, hello, hello", mask: "fixed" });
      await row(page, "server", "text").waitFor();
      await page.locator("#fields .row").filter({ hasText: "payload length" }).click();
      await look("message");
      await page.getByText("Frames, mask and bits").click();
      await page.locator("#show-bits").check();
      await look("framing");
      await tab(page, "Broken frames").click();
      await page.locator("#gallery .option").nth(7).click();
      await says(verdict(page), "Breaks");
      await button(page, "Send it").click();
      await says(state(page, "server"), "TCP closed");
      await look("broken", { fullPage: true });
      await tab(page, "Connection").click();
      await page.locator("label").filter({ hasText: /^Address$/ }).first().click();
      await page.locator("[name=address]").fill("http://x/");
      await button(page, "Connect").click();
      await page.locator("#failure").waitFor();
      await look("failure");
    });
  }
}

await report.check("the pictures of the README are taken", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({ height: 1000, colorScheme });
    await tab(page, "Broken frames").click();
    await page.locator("#gallery .option").filter({ hasText: "16 bits for a length" }).click();
    await says(verdict(page), "Breaks");
    await button(page, "Send it").click();
    await says(state(page, "server"), "TCP closed");
    await page.mouse.move(0, 0);
    await page.evaluate(() => document.activeElement.blur());
    await page.evaluate(() => scrollTo(0, 0));
    await shot(page, `workbench_${colorScheme}`);
  }
});

await report.check("the colours can be switched", async () => {
  const page = await open({ colorScheme: "light" });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByLabel("Colours").selectOption("dark");
  ok(await background() !== light, "the colours are the same");
  await page.reload();
  ok(await background() !== light, "the choice is lost");
});

await report.check("no request leaves this machine, and no page complains", async () => {
  equal(strangers.join("; "), "");
  equal(complaints.join("; "), "");
});

await browser.close();
process.exit(report.end());
