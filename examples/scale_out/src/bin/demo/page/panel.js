import { Client } from "./client.js";

const ROOM = "lobby";
const MAX_LINES = 200;

/** A node, and a client that was connected to it first. */
export class Panel {
  #element;
  #index;
  #names;
  #client;
  #counts = { shown: 0, resumed: 0, lost: 0, gaps: 0, doubles: 0 };
  // Of all messages that were ever shown: the proof that none is shown twice does not rely on the client.
  #shown = new Set();

  constructor(element, user, nodes, index) {
    this.#element = element;
    this.#index = index;
    this.#names = nodes.map(({ name }) => name);
    this.#client = new Client(user, nodes.map(({ socket }) => socket), index);
    this.#listen(user);
    this.#client.join(ROOM);
  }

  publish(text) {
    this.#client.publish(ROOM, text);
    this.#part("unacknowledged").textContent = this.#client.unacknowledged;
  }

  /** Shows whether the node runs. */
  set isRunning(isRunning) {
    const state = this.#part("state");
    state.textContent = isRunning ? "running" : "killed, starts again soon";
    state.classList.toggle("bad", !isRunning);
    for (const button of this.#element.querySelectorAll("[data-harm]")) button.disabled = !isRunning;
  }

  #listen(user) {
    const client = this.#client;
    this.#part("user").textContent = user;
    client.on("connected", ({ node }) => {
      const place = this.#part("place");
      place.textContent = `on ${this.#names[node]}`;
      place.classList.remove("bad");
    });
    client.on("disconnected", ({ node }) => {
      const place = this.#part("place");
      place.textContent = "connecting …";
      place.classList.add("bad");
      this.#line("note bad", `lost ${this.#names[node]}`);
    });
    client.on("message", (message) => {
      const id = `${message.publisher} ${message.sequence}`;
      if (this.#shown.has(id)) this.#count("doubles");
      this.#shown.add(id);
      this.#count("shown");
      const isOwn = message.publisher === client.id;
      this.#line(isOwn ? "own" : "", message.text, message.position.number);
    });
    client.on("resumed", () => {
      this.#count("resumed");
      this.#line("note good", "resumed: nothing is missing");
    });
    client.on("not_recovered", () => {
      this.#count("lost");
      this.#line("note bad", "not recovered: something may be missing here");
    });
    client.on("gap", () => this.#count("gaps"));
    client.on("present", ({ users }) => { this.#part("present").textContent = users.join(", "); });
    client.on("acknowledged", () => {
      this.#part("unacknowledged").textContent = client.unacknowledged;
    });
    this.#part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = this.#part("text");
      if (field.value.trim()) this.publish(`${user}: ${field.value}`);
      field.value = "";
    });
    for (const button of this.#element.querySelectorAll("[data-harm]")) {
      button.addEventListener("click", () => {
        fetch(`/nodes/${this.#index}/${button.dataset.harm}`, { method: "POST" });
      });
    }
  }

  #count(name) {
    this.#counts[name] += 1;
    this.#part(name).textContent = this.#counts[name];
    // Neither ever happens.
    if (name === "gaps" || name === "doubles") this.#part(name).classList.add("bad");
  }

  #line(kind, text, number = "") {
    const lines = this.#part("lines");
    const isAtEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
    const line = document.createElement("li");
    line.className = kind;
    const label = document.createElement("span");
    label.className = "number";
    label.textContent = number;
    line.append(label, text);
    lines.append(line);
    if (lines.children.length > MAX_LINES) lines.firstElementChild.remove();
    if (isAtEnd) lines.scrollTop = lines.scrollHeight;
  }

  #part(name) {
    return this.#element.querySelector(`[data-part="${name}"]`);
  }
}
