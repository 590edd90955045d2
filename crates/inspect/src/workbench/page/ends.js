/** How far each end is, from the handshake to the end of TCP: words, and four marks on a line. */

import { make } from "./element.js";

const WORDS = {
  idle: "not connected",
  dialling: "dialling",
  connecting: "connecting",
  refused: "handshake failed",
  open: "open",
  close_sent: "Close sent",
  close_received: "Close received",
  closed: "Close sent and received",
  tcp_closed: "TCP closed",
};

const STEPS = ["open", "Close sent", "Close received", "TCP closed"];

const DONE = {
  idle: [], dialling: [], connecting: [], refused: [], open: [0], close_sent: [0, 1], close_received: [0, 2], closed: [0, 1, 2],
};

export class EndView {
  #container;
  #end;
  #name;
  #done = new Set();

  constructor(container, end, name) {
    this.#container = container;
    this.#end = end;
    this.#name = name;
    this.show("idle");
  }

  rename(name) {
    this.#name = name;
  }

  show(state) {
    if (["idle", "dialling", "connecting"].includes(state)) this.#done.clear();
    if (state === "tcp_closed") this.#done.add(3);
    for (const step of DONE[state] ?? []) this.#done.add(step);
    const steps = make("ol", { class: "steps", "aria-hidden": true });
    STEPS.forEach((name, index) => {
      steps.append(make("li", { class: this.#done.has(index) ? "step done" : "step" }, name));
    });
    this.#container.replaceChildren(
      make("span", { class: "state" }, `${this.#end}: ${WORDS[state]}`),
      make("span", { class: "who" }, this.#name),
      steps);
  }
}
