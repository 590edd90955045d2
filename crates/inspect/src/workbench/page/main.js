/** The workbench: connects the program with the views. */

import { Attempts } from "./attempts.js";
import { fromHex, toHex } from "./bytes.js";
import { Composer } from "./composer.js";
import { CompressionView } from "./compression.js";
import { Connector } from "./connector.js";
import { byId } from "./element.js";
import { EndView } from "./ends.js";
import { Explanation } from "./explanation.js";
import { Gallery } from "./gallery.js";
import { MessageList } from "./message_list.js";
import { Program } from "./program.js";
import { isHead, linked, linkOf } from "./share.js";
import { kindOf, verdictOf } from "./spans.js";
import { Tabs } from "./tabs.js";
import { followTheme } from "./theme.js";

followTheme(byId("theme"));
const program = new Program();
const clauses = new Map();
const ends = {
  client: new EndView(byId("end-client"), "Client", "this program"),
  server: new EndView(byId("end-server"), "Server", ""),
};
const compression = new CompressionView(byId("compression"));
new Tabs(document.querySelector(".side [role=tablist]"));

const attempts = new Attempts();

/** The connection: its number, the state of the client's end, and what was agreed on. */
const connection = { number: 0, state: "idle", agreed: undefined };

/** The sender of an element that is shown once it has crossed, unless the user looks at something else. */
let awaited;

/** What the form has made last, and how often it was changed. */
let composed;
let edits = 0;

/** Counts what was to be shown, so that a late answer does not replace something newer. */
let turn = 0;

const explanation = new Explanation(clauses, (subject, bit) => flip(subject, bit));
const messages = new MessageList(byId("messages"), byId("message-count"), byId("no-messages"), showCrossed);
const gallery = new Gallery(byId("gallery"), (picture) => explain({
  ...picture, origin: `Broken frame: ${picture.title}`, context: "opened", isPicture: true,
}));
const composer = new Composer(byId("panel-compose"), {
  onEdit: () => { edits += 1; },
  onChange: preview,
  onSend: send,
});
const connector = new Connector(byId("panel-connect"), {
  onConnect: connect,
  onDrop: () => tell({ do: "disconnect" }),
  onRequest: requestText,
  onEdit: showRequest,
});

/** Tells the program something. Returns whether that was possible; if not, the page says why. */
function tell(command) {
  try {
    program.tell(command);
    return true;
  } catch (error) {
    fail(error.message);
    return false;
  }
}

function fail(text) {
  byId("failure").hidden = false;
  byId("failure").textContent = text;
}

function announce(text) {
  byId("live").textContent = text;
}

/** The parameters of permessage-deflate as a server answers them. */
function deflateAnswer() {
  const { agreed } = connection;
  if (!agreed) return null;
  const parts = ["permessage-deflate"];
  for (const end of ["client", "server"]) {
    if (!agreed[`${end}_keeps_window`]) parts.push(`${end}_no_context_takeover`);
    if (agreed[`${end}_window_bits`] < 15) parts.push(`${end}_max_window_bits=${agreed[`${end}_window_bits`]}`);
  }
  return parts.join("; ");
}

function showCrossed(sender, element) {
  turn += 1;
  const bytes = fromHex(element.wire);
  const [first, end] = element.root.bytes;
  explanation.show({
    origin: "On the wire", sender, isDraft: false, isCut: bytes.length < end - first,
    context: isHead([element]) ? "nothing" : "connection", deflate: deflateAnswer(), bytes, elements: [element],
  });
}

/** Explains bytes that are not on the wire. Returns whether they are shown. */
async function explain(subject) {
  turn += 1;
  awaited = undefined;
  const own = turn;
  messages.select(undefined);
  const { sender, bytes, context, deflate = null } = subject;
  const answer = await program.ask({ do: "explain", sender, bytes: toHex(bytes), deflate, context })
    .catch((error) => fail(error.message));
  if (!answer || own !== turn) return false;
  const { elements, caveat } = answer;
  explanation.show({ ...subject, deflate, isDraft: true, caveat, elements });
  const verdicts = elements.map(verdictOf);
  const shown = verdicts.find(({ level }) => level === "violation") ?? verdicts[0];
  if (shown) announce(shown.words);
  return true;
}

/** Shows the request of the next connection. Bytes are hexadecimal digits. */
function showRequest(bytes) {
  return explain({ origin: "Request, not sent", sender: "client", bytes: fromHex(bytes), context: "nothing" });
}

/** Resolves with the text of the request to a peer, and shows it. */
async function requestText(peer) {
  try {
    const { bytes } = await program.ask({ do: "request", ...peer });
    showRequest(bytes);
    return new TextDecoder().decode(fromHex(bytes));
  } catch (error) {
    fail(error.message);
    return undefined;
  }
}

async function flip(subject, bit) {
  const origin = subject.isDraft ? subject.origin : "A copy with flipped bits, not sent";
  if (await explain({ ...subject, origin })) explanation.focusBit(bit);
}

/** Makes the frames of the form, and explains them. Returns their subject. */
async function preview() {
  turn += 1;
  awaited = undefined;
  const own = turn;
  const made = { edits, connection: connection.number };
  try {
    const { bytes, elements, caveat } = await program.ask({ deflate: null, ...composer.command() });
    composer.problem();
    const subject = {
      origin: "Preview, not sent", sender: "client", isDraft: true, context: "connection",
      deflate: deflateAnswer(), bytes: fromHex(bytes), elements, caveat, ...made,
    };
    if (own === turn) {
      messages.select(undefined);
      gallery.unselect();
      explanation.show(subject);
      composed = subject;
      announce(elements.map((element) => verdictOf(element).words).join(" "));
    }
    return subject;
  } catch (error) {
    composer.problem(error.message);
    return undefined;
  }
}

/** Sends what the form says: the frames of the preview, if it is the one that is shown. */
async function send() {
  if (!await ready(undefined)) return;
  const isCurrent = composed?.edits === edits && composed.connection === connection.number;
  const isShown = isCurrent && explanation.subject === composed;
  const subject = isShown ? composed : await preview();
  if (subject) sendBytes(subject, turn);
}

/** Sends what is explained. A broken frame of the gallery gets the connection that it needs. */
async function sendSubject() {
  const { subject } = explanation;
  const { deflate, isPicture } = subject;
  const own = turn;
  if (await ready(isPicture ? Boolean(deflate) : undefined)) sendBytes(subject, own);
}

/** Sends bytes, and shows them once they have crossed if nothing was shown since this turn. */
function sendBytes({ sender, bytes }, own) {
  byId("hint").hidden = true;
  if (own === turn) awaited = sender;
  tell({ do: "send", sender, bytes: toHex(bytes) });
}

/**
 * Connects anew if there is no connection, or not one with or without compression as is needed. Resolves
 * with whether bytes can be sent.
 */
async function ready(needsCompression) {
  const fits = needsCompression === undefined || needsCompression === Boolean(connection.agreed);
  const isUnderWay = connection.state === "dialling" || attempts.isUnderWay;
  if (isUnderWay && needsCompression === undefined) return attempts.last();
  const isUp = !["idle", "dialling", "refused", "tcp_closed"].includes(connection.state);
  if (isUp && fits) return true;
  if (!fits) connector.offer(needsCompression);
  return connect();
}

/** Connects as the form says. Resolves with whether this connection has opened. */
function connect() {
  awaited = "server";
  return tell(connector.command()) ? attempts.next() : Promise.resolve(false);
}

/** Takes a new state of the connection. */
function become(state) {
  connection.state = state;
  connector.show(state);
  if (["idle", "refused", "tcp_closed"].includes(state)) {
    attempts.ended(false);
    composer.allowCompression(undefined);
  }
}

program.on("welcome", ({ gallery: pictures, clauses: rules }) => {
  for (const [id, words] of rules) clauses.set(id, words);
  gallery.show(pictures);
  if (!openLink()) connect();
});

program.on("connecting", ({ address }) => {
  messages.clear();
  attempts.begun();
  Object.assign(connection, { number: connection.number + 1, agreed: undefined });
  become("dialling");
  byId("failure").hidden = true;
  compression.show(undefined);
  composer.allowCompression(undefined);
  ends.server.rename(address);
  for (const end of Object.values(ends)) end.show("dialling");
});

program.on("opened", ({ deflate }) => {
  connection.agreed = deflate;
  attempts.ended(true);
  compression.show(deflate);
  composer.allowCompression(deflate);
});

program.on("ends", ({ client, server }) => {
  become(client);
  ends.client.show(client);
  ends.server.show(server);
});

program.on("crossed", (event) => {
  const row = messages.add(event);
  compression.update(event.client, event.server);
  const { sender, element } = event;
  const { short } = verdictOf(element);
  announce(`${sender}: ${kindOf(element)}, ${short}`);
  if (awaited === sender && element.root.field !== "request") {
    awaited = undefined;
    messages.select(row);
    showCrossed(sender, element);
  }
});

/** Shows that there is no connection. */
function idle() {
  become("idle");
  for (const end of Object.values(ends)) end.show("idle");
  if (!explanation.subject) byId("subject-origin").textContent = "Not connected";
}

program.on("failed", ({ text }) => {
  if (connection.state === "dialling") idle();
  fail(text);
});

program.on("cancelled", () => {
  idle();
  announce("The attempt to connect is given up.");
});

program.on("gone", ({ text }) => {
  attempts.abandon();
  idle();
  fail(text);
});

/** Explains the bytes in the address of this page, without a connection. */
function openLink() {
  const shared = linked();
  if (shared) explain({ ...shared, origin: "From a link, not sent" });
  return Boolean(shared);
}
addEventListener("hashchange", openLink);

byId("send-subject").addEventListener("click", sendSubject);
byId("copy-link").addEventListener("click", async () => {
  const link = linkOf(explanation.subject);
  if (!link) return;
  history.replaceState(null, "", link);
  try {
    await navigator.clipboard.writeText(link);
    announce("The link is copied.");
    byId("copy-link").textContent = "Copied";
  } catch {
    byId("copy-link").textContent = "In the address bar";
    announce("The link is in the address bar.");
  }
  setTimeout(() => { byId("copy-link").textContent = "Copy link"; }, 2000);
});
