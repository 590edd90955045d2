/** What is explained: a head or frames, on the wire or not sent yet. The three views show it. */

import { ByteView } from "./byte_view.js";
import { bitAt, count, flipped, fromHex } from "./bytes.js";
import { Diagram } from "./diagram.js";
import { byId, make } from "./element.js";
import { FieldTree } from "./field_tree.js";
import { Link } from "./link.js";
import { Roving } from "./roving.js";
import { isHead, linkOf } from "./share.js";
import { kindOf, verdictOf } from "./spans.js";

/**
 * @typedef {object} Subject
 * @property {string} origin   what it is, in words
 * @property {"client" | "server"} sender
 * @property {boolean} isDraft whether it is not on the wire
 * @property {boolean} [isCut] whether more bytes have crossed than are known here
 * @property {"connection" | "opened" | "nothing"} context what has come before it
 * @property {string | null} [caveat] what the explanation does not take into account
 * @property {string | null} deflate
 * @property {Uint8Array} bytes
 * @property {Uint8Array} [original] the bytes before a bit was flipped
 * @property {object[]} elements
 */

export class Explanation {
  #link = new Link();
  #diagram;
  #fields;
  #bytes;
  #frames;
  #onFlip;
  #index = 0;
  /** @type {Subject | undefined} */
  subject;

  constructor(clauses, onFlip) {
    this.#onFlip = onFlip;
    this.#diagram = new Diagram(byId("diagram"), this.#link, (bit) => this.#flip(bit));
    this.#fields = new FieldTree(byId("fields"), byId("rule"), this.#link, clauses);
    this.#bytes = new ByteView(byId("bytes"), byId("show-bits"), this.#link);
    this.#frames = new Roving(byId("frames"), "button");
  }

  /** Shows a subject, first the element that breaks a rule. */
  show(subject) {
    const isSame = this.subject?.original === subject.original && subject.original !== undefined;
    this.subject = subject;
    const broken = subject.elements.findIndex(({ violations }) => violations.length > 0);
    const keeps = isSame && this.#index < subject.elements.length;
    this.#index = keeps ? this.#index : Math.max(0, broken);
    this.#draw();
  }

  /** Puts the focus back on a bit of the first frame that is shown. */
  focusBit(bit) {
    this.#diagram.focus(bit);
  }

  #draw() {
    const { origin, sender, isDraft, isCut, caveat, elements, bytes } = this.subject;
    const parts = [origin];
    if (caveat) parts.push(`explained ${caveat}`);
    const last = elements.at(-1);
    const left = isDraft && last ? bytes.length - this.#offset(last) - (last.root.bytes[1] - last.root.bytes[0]) : 0;
    if (left > 0) parts.push(`${count(left, "more byte")}, not explained`);
    byId("subject-origin").textContent = parts.join("; ");
    byId("send-subject").hidden = !isDraft || bytes.length === 0 || isHead(elements);
    byId("send-subject").textContent = sender === "server" ? "Let the peer send it" : "Send it";
    byId("copy-link").hidden = bytes.length === 0 || isCut || !linkOf(this.subject);
    this.#drawFrames();
    const element = elements[this.#index];
    if (!element) {
      byId("subject-title").textContent = "No bytes";
      byId("verdict").hidden = true;
      this.#diagram.clear();
      this.#fields.clear();
      this.#bytes.clear();
      return;
    }
    const name = element.root.field === "frame" ? `${kindOf(element)} frame` : kindOf(element);
    byId("subject-title").textContent = `${sender === "client" ? "Client" : "Server"}: ${name}`;
    const { level, sign, words } = verdictOf(element);
    byId("verdict").hidden = false;
    byId("verdict").className = `verdict ${level}`;
    byId("verdict").replaceChildren(make("span", { class: "sign", "aria-hidden": true }, sign), make("span", {}, words));
    const own = this.#ownBytes(element);
    this.#diagram.show(element, own, (bit) => this.#isFlipped(bit), { isDraft, isCut });
    this.#fields.show(element);
    this.#bytes.show(element, own);
  }

  #drawFrames() {
    const { elements } = this.subject;
    const list = byId("frames");
    list.hidden = elements.length < 2;
    list.replaceChildren(...elements.map((element, index) => {
      const { sign, short } = verdictOf(element);
      const tab = make("button", {
        type: "button", role: "tab", "aria-selected": String(index === this.#index), "aria-controls": "diagram",
      }, `${index + 1} ${kindOf(element)} ${sign}`);
      tab.setAttribute("aria-label", `element ${index + 1}: ${kindOf(element)}, ${short}`);
      tab.addEventListener("click", () => {
        this.#index = index;
        this.#draw();
        this.#frames.focus(index);
      });
      return tab;
    }));
    this.#frames.set(this.#index);
  }

  /** The offset of an element in the bytes of the subject. */
  #offset(element) {
    return element.root.bytes[0] - this.subject.elements[0].root.bytes[0];
  }

  /** The bytes of an element, as much as is known of them. */
  #ownBytes(element) {
    return fromHex(element.wire);
  }

  #isFlipped(bit) {
    const { original, bytes, elements } = this.subject;
    if (!original) return false;
    const at = this.#offset(elements[this.#index]) * 8 + bit;
    return bitAt(original, at) !== bitAt(bytes, at);
  }

  #flip(bit) {
    const { bytes, original, elements } = this.subject;
    const at = this.#offset(elements[this.#index]) * 8 + bit;
    this.#onFlip({ ...this.subject, bytes: flipped(bytes, at), original: original ?? bytes }, bit);
  }
}
