/** The bytes of an element in hexadecimal digits, or as bits. */

import { count, hexByte, printable, toBits } from "./bytes.js";
import { make } from "./element.js";
import { overlap } from "./link.js";
import { Roving } from "./roving.js";
import { fieldsOf } from "./spans.js";

export class ByteView {
  #container;
  #link;
  #roving;
  #showsBits = false;
  #shown;

  constructor(container, switchToBits, link) {
    this.#container = container;
    this.#link = link;
    this.#roving = new Roving(container, ".byte", { columns: () => this.#perLine() });
    switchToBits.addEventListener("change", () => {
      this.#showsBits = switchToBits.checked;
      this.#draw();
    });
    link.addEventListener("mark", ({ detail }) => this.#mark(detail));
  }

  show(element, bytes) {
    this.#shown = { element, bytes };
    this.#draw();
  }

  clear() {
    this.#shown = undefined;
    this.#container.replaceChildren();
  }

  #perLine() {
    return this.#showsBits ? 4 : 8;
  }

  #draw() {
    if (!this.#shown) return;
    const { element, bytes } = this.#shown;
    const fields = fieldsOf(element).filter(({ isLeaf }) => isLeaf);
    const start = element.root.bytes[0];
    const perLine = this.#perLine();
    this.#container.classList.toggle("bits", this.#showsBits);
    this.#container.replaceChildren();
    for (let at = 0; at < bytes.length; at += perLine) {
      const line = bytes.subarray(at, at + perLine);
      this.#container.append(make("span", { class: "offset", "aria-hidden": true }, String(start + at)));
      line.forEach((byte, index) => this.#container.append(this.#byte(byte, at + index, fields)));
      for (let rest = line.length; rest < perLine; rest += 1) this.#container.append(make("span"));
      if (!this.#showsBits) {
        const text = Array.from(line, printable).join("");
        this.#container.append(make("span", { class: "ascii", "aria-hidden": true }, text));
      }
    }
    const left = element.root.bytes[1] - start - bytes.length;
    if (left > 0) this.#container.append(make("span", { class: "more" }, `${count(left, "more byte")}, not shown`));
    this.#roving.set(0);
  }

  #byte(byte, at, fields) {
    const range = { from: at * 8, to: at * 8 + 8 };
    const here = fields.filter(({ place }) => overlap(place, range));
    const isBroken = here.some(({ span }) => span.level === "violation");
    const names = [...new Set(here.map(({ span }) => span.field))].slice(0, 6).join(", ");
    const item = make("span", {
      class: `byte${this.#showsBits ? " bits" : ""}${isBroken ? " violation" : ""}`,
      role: "option",
      "aria-selected": "false",
      "aria-label": `byte ${at}: ${hexByte(byte)}, ${names}`,
    }, this.#showsBits ? toBits(byte) : hexByte(byte));
    item.range = range;
    this.#link.attach(item, range, this);
    return item;
  }

  #mark({ way, range }) {
    for (const item of this.#container.querySelectorAll(".byte")) {
      const isMarked = overlap(item.range, range);
      item.classList.toggle(way, isMarked);
      if (way === "linked") item.setAttribute("aria-selected", isMarked);
    }
  }
}
