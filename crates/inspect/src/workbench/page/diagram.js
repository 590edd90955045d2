/** The figure of a frame's bits, in the style of RFC 6455 5.2. */

import { bitAt, count, fromHex, hexByte, printable } from "./bytes.js";
import { make } from "./element.js";
import { overlap } from "./link.js";
import { Roving } from "./roving.js";
import { find, wireFieldsOf } from "./spans.js";

/** How many bytes of a payload have their bits in the figure. */
const PAYLOAD_BYTES = 8;

export class Diagram {
  #container;
  #link;
  #onFlip;
  #roving;
  #columns = 32;
  #shown;

  /** `onFlip` gets the bit, counted from the start of the element. */
  constructor(container, link, onFlip) {
    this.#container = container;
    this.#link = link;
    this.#onFlip = onFlip;
    this.#roving = new Roving(container, ".bit", { columns: () => this.#columns });
    link.addEventListener("mark", ({ detail }) => this.#mark(detail));
    new ResizeObserver(([{ contentRect }]) => this.#resized(contentRect.width)).observe(container);
  }

  /** Shows a frame; `changed` tells of a bit whether the user has flipped it. */
  show(element, bytes, changed, { isDraft, isCut }) {
    this.#shown = element.root.field === "frame" ? { element, bytes, changed, isDraft, isCut } : undefined;
    this.#draw();
  }

  clear() {
    this.#shown = undefined;
    this.#draw();
  }

  focus(bit) {
    this.#roving.focus(bit);
  }

  #resized(width) {
    const columns = width >= 600 ? 32 : width >= 300 ? 16 : 8;
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#draw();
  }

  #draw() {
    this.#container.replaceChildren();
    if (!this.#shown) return;
    const { element, bytes } = this.#shown;
    const fields = wireFieldsOf(element);
    const payload = fields.find(({ span }) => span.field === "payload");
    const headerEnd = payload ? payload.place.from : Math.max(0, ...fields.map(({ place }) => place.to));
    const end = Math.min(bytes.length * 8, headerEnd + PAYLOAD_BYTES * 8);
    const columns = this.#columns;
    const figure = make("figure", { class: "figure", role: "group", "aria-label": describe(fields) });
    figure.style.setProperty("--columns", columns);
    figure.append(this.#ruler());
    for (let from = 0; from < end; from += columns) {
      const row = make("div", { class: from === 0 ? "figure-row first" : "figure-row" });
      const to = Math.min(from + columns, end);
      for (const field of fields.filter(({ place }) => overlap(place, { from, to }))) {
        row.append(this.#segment(field, Math.max(from, field.place.from), Math.min(to, field.place.to)));
      }
      figure.append(row);
    }
    figure.append(make("figcaption", {}, caption(this.#shown, end)));
    this.#container.append(figure);
    this.#roving.refresh();
  }

  #ruler() {
    const row = make("div", { class: "figure-row ruler", "aria-hidden": true });
    for (let column = 0; column < this.#columns; column += 1) {
      row.append(make("span", { class: column % 8 === 0 ? "edge" : "" }, String(column)));
    }
    return row;
  }

  #segment({ span, place, level }, from, to) {
    const { bytes, changed, isCut } = this.#shown;
    const width = to - from;
    const isNarrow = width === 1;
    const continued = from > place.from && !isNarrow;
    const segment = make("div", { class: `segment ${classOf(span)} ${level}${isNarrow ? " narrow" : ""}` });
    segment.style.gridColumn = `span ${width}`;
    segment.range = place;
    const label = make("div", { class: "label", "aria-hidden": true });
    if (isNarrow) {
      if (level !== "plain") label.append(level === "violation" ? "✗" : "!", make("br"));
      for (const letter of span.field.slice(0, 4)) label.append(letter, make("br"));
    } else {
      const sign = { plain: "", remark: "! ", violation: "✗ " }[level];
      const masked = span.field === "payload" && find(span, "unmasked") ? " (masked)" : "";
      label.append(`${sign}${span.field}${masked}${continued ? ", continued" : ""}`);
    }
    const bits = make("div", { class: "bits" });
    bits.style.gridTemplateColumns = `repeat(${width}, minmax(0, 1fr))`;
    for (let bit = from; bit < to; bit += 1) {
      const value = bitAt(bytes, bit);
      const name = `${span.field}, byte ${bit >> 3}, bit ${bit & 7}: ${value}${changed(bit) ? ", flipped" : ""}`;
      const start = bit % 8 === 0 ? " byte-start" : "";
      const button = make("button", {
        type: "button",
        class: `bit${value ? " one" : ""}${changed(bit) ? " flipped" : ""}${start}`,
        "aria-label": name,
        "aria-disabled": isCut && "true",
      }, String(value));
      if (!isCut) button.addEventListener("click", () => this.#onFlip(bit));
      button.addEventListener("focus", () => this.#link.mark("linked", place, this));
      bits.append(button);
    }
    segment.addEventListener("pointerenter", () => this.#link.mark("hovered", place, this));
    segment.addEventListener("pointerleave", () => this.#link.mark("hovered", undefined, this));
    segment.addEventListener("click", () => this.#link.mark("linked", place, this));
    segment.append(label, bits, make("div", { class: "value", "aria-hidden": true }, valueOf({ span, place }, bytes, from, to)));
    return segment;
  }

  #mark({ way, range }) {
    for (const segment of this.#container.querySelectorAll(".segment")) {
      segment.classList.toggle(way, overlap(segment.range, range));
    }
  }
}

const classOf = (span) => ({ "masking key": "key", payload: "payload" })[span.field] ?? "header";

function valueOf({ span, place }, bytes, from, to) {
  if (to - from === 1) return "";
  if (span.field === "opcode") return span.note.split(":")[0] || span.value;
  if (span.field === "payload length") return span.value;
  const hex = Array.from(bytes.subarray(from >> 3, to >> 3), hexByte).join(" ");
  if (span.field === "extended length" && to === place.to) return `${hex} = ${span.value}`;
  const unmasked = find(span, "unmasked");
  // Compressed bytes have no characters.
  if (!unmasked?.note.startsWith('"')) return hex;
  // The value ends in a sign if it was too long; what is in the figure is at its start.
  const plain = fromHex(unmasked.value.replaceAll(/[^0-9a-f ]/g, ""));
  const own = plain.subarray((from - place.from) >> 3, (to - place.from) >> 3);
  return `${hex} = ${Array.from(own, printable).join("")}`;
}

function describe(fields) {
  const texts = fields.map(({ span }) => `${span.field} ${span.value}`);
  return `Bits of the frame: ${texts.join("; ")}`;
}

function caption({ element, isDraft, isCut }, end) {
  const [first, last] = element.root.bytes;
  const left = last - first - end / 8;
  const more = left > 0 ? `${count(left, "more byte")} of payload. ` : "";
  if (isCut) return `${more}It is too long to be copied, so that no bit can be flipped. Arrow keys move.`;
  return `${more}${isDraft ? "Press a bit to flip it." : "Press a bit to flip it in a copy."} Arrow keys move.`;
}
