/** The form of the connection: the peer, and what is offered. */

import { byId, make } from "./element.js";

const NOTES = {
  "built-in": "An endpoint in this program that returns every message.",
  address: "The program connects, so that it can send what no browser would.",
};

export class Connector {
  #form;

  constructor(form, { onConnect, onDrop }) {
    this.#form = form;
    const { elements } = form;
    for (const end of ["client", "server"]) {
      const select = elements[`${end}_window_bits`];
      for (let bits = 15; bits >= 9; bits -= 1) {
        select.append(make("option", { value: bits }, `${2 ** bits} bytes`));
      }
    }
    form.addEventListener("change", () => this.#changed());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onConnect();
    });
    byId("disconnect").addEventListener("click", onDrop);
  }

  /** Offers compression or not. */
  offer(isOffered) {
    this.#form.elements.deflate.checked = isOffered;
    this.#changed();
  }

  command() {
    const { elements } = this.#form;
    const deflate = elements.deflate.checked ? {
      client_window_bits: Number(elements.client_window_bits.value),
      server_window_bits: Number(elements.server_window_bits.value),
      client_keeps_window: elements.client_keeps_window.checked,
      server_keeps_window: elements.server_keeps_window.checked,
    } : null;
    const address = elements.peer.value === "address" ? elements.address.value.trim() : null;
    return { do: "connect", address, deflate, answers: elements.answers.checked };
  }

  #changed() {
    const { elements } = this.#form;
    byId("address-field").hidden = elements.peer.value !== "address";
    byId("peer-note").textContent = NOTES[elements.peer.value];
    byId("windows").hidden = !elements.deflate.checked;
  }
}
