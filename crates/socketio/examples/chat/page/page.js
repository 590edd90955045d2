// The chat in the page, with the official client of Socket.IO: the global `io`.

const ROOMS = ["lobby", "kitchen", "garden"];
// Until a message is delivered, it is sent again: the server knows it by its key.
const OPTIONS = { autoConnect: false, retries: 100, ackTimeout: 4000, reconnectionDelayMax: 2000 };
const MAX_SHOWN = 500;

const $ = (selector) => document.querySelector(selector);

const list = $("#messages");
let isAtEnd = true;

let me;
let room = ROOMS[0];
let hasBeenHere = false;
let version = 0; // of the list of people
const items = new Map(); // of the messages that are shown, by name and key
const typists = new Map(); // timers, by name

/** A random number that nobody guesses, of 32 digits. */
const random = () => [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");

// A name belongs to whoever has its secret. It survives a reload, and another tab has another one.
const secret = sessionStorage.secret ??= random();

const socket = io({ ...OPTIONS, auth: (send) => send({ name: me, secret }) });

function element(kind, className, text) {
  const made = document.createElement(kind);
  if (className) made.className = className;
  // As text, never as HTML: it comes from other people.
  made.textContent = text;
  return made;
}

// Messages. An id is "time-number", and later messages have greater ones.

const order = (id) => id.split("-").map(Number);

function isAfter(one, other) {
  const [[time, number], [otherTime, otherNumber]] = [order(one), order(other)];
  return time === otherTime ? number > otherNumber : time > otherTime;
}

/** Puts an item where its id belongs, or at the end while it has none. */
function place(item) {
  const { id } = item.dataset;
  let next = null;
  for (let other = list.lastElementChild; id && other; other = other.previousElementSibling) {
    if (other === item) continue;
    if (other.dataset.id && !isAfter(other.dataset.id, id)) break;
    if (other.dataset.id || other.classList.contains("pending")) next = other;
  }
  if (item.parentElement !== list || item.nextElementSibling !== next) list.insertBefore(item, next);
  while (list.children.length > MAX_SHOWN) {
    items.delete(list.firstElementChild.dataset.key);
    list.firstElementChild.remove();
  }
  if (item.classList.contains("pending")) isAtEnd = true;
  stay();
}

/** Keeps the end of the list in view, unless somebody reads further up. */
function stay() {
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

list.onscroll = () => { isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60; };
new ResizeObserver(stay).observe(list);

function show({ id, name, key, text }) {
  const known = `${name}\n${key}`;
  let item = items.get(known);
  if (!item) {
    item = document.createElement("li");
    item.className = name === me ? "mine pending" : "";
    if (name !== me) item.append(element("b", "", name));
    item.append(element("span", "text", text), element("small", "", name === me ? "sending" : ""));
    item.dataset.key = known;
    items.set(known, item);
  }
  if (id) {
    item.dataset.id = id;
    settle(item, "", new Date(order(id)[0]).toTimeString().slice(0, 5));
  }
  place(item);
  return item;
}

/** Shows what has become of a message. */
function settle(item, className, text) {
  item.classList.remove("pending");
  if (className) item.classList.add(className);
  const isMine = item.classList.contains("mine");
  item.querySelector("small").textContent = isMine && !className ? `${text} ✓ delivered` : text;
}

function note(text) {
  place(element("li", "note", text));
}

async function say(text) {
  const message = { room, text, key: random() };
  const item = show({ ...message, name: me });
  try {
    const { id, error } = await socket.emitWithAck("say", message);
    if (error) return settle(item, "failed", `not delivered: ${error}`);
    if (item.isConnected) show({ ...message, name: me, id });
  } catch {
    settle(item, "failed", "not delivered: the server does not answer");
  }
}

// Rooms.

/** Joins the room that is chosen, and shows its history. */
async function join() {
  const joined = room;
  try {
    const { history } = await socket.emitWithAck("join", joined);
    if (joined === room) for (const message of history) show(message);
  } catch {
    note(`the ${joined} cannot be entered: the server does not answer`);
  }
}

function choose(name) {
  room = name;
  version = 0;
  items.clear();
  isAtEnd = true;
  list.replaceChildren();
  $("#people").replaceChildren();
  for (const typist of [...typists.keys()]) stopTyping(typist);
  mark();
  join();
}

function mark() {
  for (const button of $("nav").children) {
    if (button.textContent === room) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  $("#text").placeholder = `Say something in the ${room}`;
}

for (const name of ROOMS) {
  const button = element("button", "", name);
  button.onclick = () => { if (name !== room) choose(name); };
  $("nav").append(button);
}

// Who is online, and who is typing.

socket.on("people", (where, people) => {
  if (where !== room || people.version <= version) return;
  version = people.version;
  $("#online").textContent = `${people.names.length} in the ${room}`;
  $("#people").replaceChildren(...people.names.map((name) =>
    element("li", name === me ? "me" : "", name === me ? `${name} (you)` : name)));
  for (const name of typists.keys()) if (!people.names.includes(name)) stopTyping(name);
});

socket.on("typing", (where, name) => {
  if (where !== room) return;
  clearTimeout(typists.get(name));
  typists.set(name, setTimeout(stopTyping, 3000, name));
  showTyping();
});

function stopTyping(name) {
  clearTimeout(typists.get(name));
  typists.delete(name);
  showTyping();
}

function showTyping() {
  const names = [...typists.keys()];
  const are = names.length > 3 ? "Several people are" : `${names.join(", ")} ${names.length > 1 ? "are" : "is"}`;
  $("#typing").textContent = names.length ? `${are} typing …` : "";
}

socket.on("said", (where, message) => {
  if (where !== room) return;
  stopTyping(message.name);
  show(message);
});

// The connection.

function state(text, className) {
  $("#status").textContent = text;
  $("#status").className = className;
}

/** Starts anew: what waits to be sent is not sent by somebody else. */
function leave(reason) {
  delete sessionStorage.name;
  sessionStorage.reason = reason;
  location.reload();
}

socket.on("connect", () => {
  $("#login").hidden = true;
  $("main").hidden = false;
  sessionStorage.name = me;
  state("connected", "up");
  // Redis may be another one, whose numbers are smaller.
  version = 0;
  if (socket.recovered) return note("back, nothing missed");
  if (hasBeenHere) note("back, the history is loaded again");
  else $("#text").focus();
  hasBeenHere = true;
  mark();
  join();
});

socket.on("disconnect", (reason) => {
  if (reason === "io client disconnect") return;
  if (!socket.active) return leave("The server has ended the session: enter again.");
  note("the connection is lost: messages are sent once it is back");
  state("reconnecting", "");
});

socket.on("connect_error", (error) => {
  // While it is active, it tries again. Otherwise the server has refused the name.
  if (socket.active) {
    state("reconnecting", "");
    $("#reason").textContent = "The server cannot be reached: trying again.";
  } else if (hasBeenHere) {
    leave(error.message);
  } else {
    $("#reason").textContent = error.message;
    $("#name").focus();
  }
});

function enter(name) {
  me = name.trim().replace(/ +/g, " ");
  $("#reason").textContent = "";
  socket.connect();
}

$("#login").onsubmit = (event) => {
  event.preventDefault();
  enter($("#name").value);
};

$("#leave").onclick = () => {
  socket.disconnect();
  leave("");
};

let lastTyped = 0;
$("#text").oninput = () => {
  if (Date.now() - lastTyped < 1500 || !$("#text").value) return;
  lastTyped = Date.now();
  socket.volatile.emit("typing");
};

$("#say").onsubmit = (event) => {
  event.preventDefault();
  const text = $("#text").value;
  if (!text.trim()) return;
  $("#text").value = "";
  lastTyped = 0;
  say(text);
};

$("#reason").textContent = sessionStorage.reason ?? "";
delete sessionStorage.reason;
for (const host of document.querySelectorAll(".host")) host.textContent = location.host;
if (sessionStorage.name) enter(sessionStorage.name);
else if (window === top) $("#name").focus();
// Within a frame of it, there are two already.
if (window === top && await (await fetch("/beside.json")).json()) {
  for (const link of document.querySelectorAll("a.both")) link.hidden = false;
}
