/** The form of the connection: the peer, and what is offered. */

import { toHex } from "./bytes.js";
import { byId, make } from "./element.js";

const NOTES = {
  "built-in": "An endpoint in this program that returns every message.",
  address: "The program connects, so that it can send what no browser would.",
};

export class Connector {
  #form;
  #onRequest;

  /** `onRequest` resolves with the text of the request that the form stands for. */
  constructor(form, { onConnect, onDrop, onRequest, onEdit }) {
    this.#form = form;
    this.#onRequest = onRequest;
    const { elements } = form;
    for (const end of ["client", "server"]) {
      const select = elements[`${end}_window_bits`];
      for (let bits = 15; bits >= 9; bits -= 1) {
        select.append(make("option", { value: bits }, `${2 ** bits} bytes`));
      }
    }
    form.addEventListener("change", ({ target }) => {
      this.#changed();
      if (target !== elements.request) this.#renew();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onConnect();
    });
    byId("disconnect").addEventListener("click", onDrop);
    byId("edit-request").addEventListener("toggle", () => this.#renew());
    byId("renew-request").addEventListener("click", () => this.#renew());
    elements.request.addEventListener("input", () => onEdit(this.#requestHex()));
  }

  /** Shows what the button that ends a connection would do. */
  show(state) {
    byId("disconnect").textContent = state === "dialling" ? "Cancel" : "Drop TCP";
    byId("disconnect").disabled = ["idle", "tcp_closed"].includes(state);
  }

  /** The bytes of the edited request in hexadecimal digits: each line ends with CR LF. */
  #requestHex() {
    const text = this.#form.elements.request.value.replaceAll("\n", "\r\n");
    return toHex(new TextEncoder().encode(text));
  }

  async #renew() {
    if (!byId("edit-request").open) return;
    const text = await this.#onRequest(this.#peer());
    if (text !== undefined) this.#form.elements.request.value = text.replaceAll("\r\n", "\n");
  }

  /** Offers compression or not. */
  offer(isOffered) {
    this.#form.elements.deflate.checked = isOffered;
    // The edited request may offer something else.
    byId("edit-request").open = false;
    this.#changed();
  }

  command() {
    const { elements } = this.#form;
    const request = byId("edit-request").open ? this.#requestHex() || null : null;
    return { do: "connect", ...this.#peer(), answers: elements.answers.checked, request };
  }

  /** The address, and what is offered. */
  #peer() {
    const { elements } = this.#form;
    const deflate = elements.deflate.checked ? {
      client_window_bits: Number(elements.client_window_bits.value),
      server_window_bits: Number(elements.server_window_bits.value),
      client_keeps_window: elements.client_keeps_window.checked,
      server_keeps_window: elements.server_keeps_window.checked,
    } : null;
    const address = elements.peer.value === "address" ? elements.address.value.trim() : null;
    return { address, deflate };
  }

  #changed() {
    const { elements } = this.#form;
    byId("address-field").hidden = elements.peer.value !== "address";
    byId("peer-note").textContent = NOTES[elements.peer.value];
    byId("windows").hidden = !elements.deflate.checked;
  }
}
