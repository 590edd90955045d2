/** The form for what is to be sent. */

import { byId } from "./element.js";

const LABELS = {
  text: "Text", binary: "Bytes, hexadecimal", ping: "Payload, at most 125 bytes of text",
  pong: "Payload, at most 125 bytes of text", close: "Reason", raw: "Bytes of frames, hexadecimal",
};

const PAYLOADS = {
  text: "Hello", binary: "00 01 02 ff", ping: "are you there?", pong: "", close: "bye",
  raw: "81 85 37 fa 21 3d 7f 9f 4d 51 58",
};

export class Composer {
  #form;
  #kind = "text";
  #payloads = { ...PAYLOADS };
  #timer;

  /** `onEdit` is called at each change, and `onChange` once the user pauses. */
  constructor(form, { onEdit, onChange, onSend }) {
    this.#form = form;
    const changed = (event) => {
      if (event.target.name === "kind") this.#switchTo(event.target.value);
      if (event.target.name === "payload") this.#payloads[this.#kind] = event.target.value;
      onEdit();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(onChange, 60);
    };
    form.addEventListener("input", changed);
    byId("preview").addEventListener("click", onChange);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(this.#timer);
      onSend();
    });
    this.allowCompression(undefined);
  }

  /** The command for the program that makes or explains the frames. Throws what is wrong with the form. */
  command() {
    const { payload, code, fragments, length_form, mask, key, compressed, rsv1, rsv2, rsv3 } = this.#form.elements;
    if (this.#kind === "raw") {
      return { do: "explain", sender: "client", bytes: payload.value, deflate: null, context: "connection" };
    }
    const digits = this.#kind === "close" ? code.value.trim() : "";
    if (digits && !(/^\d{1,5}$/.test(digits) && Number(digits) < 65536)) {
      throw new Error("A close code is a number from 0 to 65535. Without one, the frame is empty.");
    }
    const composition = {
      kind: this.#kind,
      payload: payload.value,
      code: digits ? Number(digits) : null,
      fragments: Math.max(1, Math.min(64, Math.trunc(Number(fragments.value)) || 1)),
      is_compressed: compressed.checked && !compressed.disabled,
      mask: mask.value,
      key: key.value,
      rsv: rsv1.checked * 4 + rsv2.checked * 2 + rsv3.checked * 1,
      length: length_form.value,
    };
    return { do: "compose", composition };
  }

  /** Shows what is wrong with the form, or nothing. */
  problem(text) {
    const problem = byId("compose-problem");
    problem.hidden = !text;
    problem.textContent = text ?? "";
  }

  /** Enables compression if the handshake agreed on it. */
  allowCompression(agreed) {
    const { compressed } = this.#form.elements;
    compressed.disabled = !agreed;
    compressed.checked = Boolean(agreed);
    byId("compressed-note").textContent = agreed ? "" : "needs permessage-deflate";
  }

  #switchTo(kind) {
    this.#kind = kind;
    this.#form.elements.payload.value = this.#payloads[kind];
    byId("payload-label").textContent = LABELS[kind];
    byId("code-field").hidden = kind !== "close";
    byId("framing").hidden = kind === "raw";
    this.#form.elements.compressed.closest(".checks").hidden = kind !== "text" && kind !== "binary";
  }
}
