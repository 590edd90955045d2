/** What has crossed, in both directions, in its order. */

import { count } from "./bytes.js";
import { make } from "./element.js";
import { Roving } from "./roving.js";
import { excerptOf, kindOf, verdictOf } from "./spans.js";

/** Older ones are dropped. */
const MAX_ROWS = 500;

export class MessageList {
  #list;
  #count;
  #none;
  #onChoose;
  #roving;
  #dropped = 0;

  constructor(list, counter, none, onChoose) {
    this.#list = list;
    this.#count = counter;
    this.#none = none;
    this.#onChoose = onChoose;
    this.#roving = new Roving(list, ".option", { chooses: true });
  }

  clear() {
    this.#dropped = 0;
    this.#list.replaceChildren();
    this.#changed();
  }

  /** Adds an element. Returns its row. */
  add({ sender, millis, element }) {
    const { root } = element;
    const verdict = verdictOf(element);
    const size = root.bytes[1] - root.bytes[0];
    const arrow = sender === "client" ? "→" : "←";
    const signClass = { plain: "sign-good", remark: "sign-remark", violation: "sign-bad" }[verdict.level];
    const row = make("li", { class: "option", role: "option", "aria-selected": "false", tabindex: "-1" },
      make("div", { class: "line" },
        make("span", { "aria-hidden": true }, arrow),
        make("span", { class: "grow" }, `${sender} `, make("span", { class: "name" }, kindOf(element))),
        make("span", { class: "small quiet" }, root.field === "end" ? "" : `${size} B`),
        make("span", { class: `small ${signClass}` }, `${verdict.sign} ${verdict.short}`)),
      make("div", { class: "line" },
        make("code", { class: "grow quiet" }, excerptOf(element)),
        make("span", { class: "small quiet" }, timeOf(millis))));
    row.addEventListener("click", () => {
      this.select(row);
      this.#onChoose(sender, element);
    });
    const isAtEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 40;
    this.#list.append(row);
    while (this.#list.children.length > MAX_ROWS) {
      this.#list.firstElementChild.remove();
      this.#dropped += 1;
    }
    if (isAtEnd) this.#list.scrollTop = this.#list.scrollHeight;
    this.#changed();
    return row;
  }

  /** Marks a row as the one that is explained, or none. */
  select(row) {
    for (const other of this.#list.children) other.setAttribute("aria-selected", other === row);
  }

  #changed() {
    const rows = this.#list.children.length;
    this.#none.hidden = rows > 0;
    this.#list.hidden = rows === 0;
    this.#count.textContent = `${count(rows, "element")}${this.#dropped ? `, ${this.#dropped} older ones dropped` : ""}`;
    this.#roving.refresh();
  }
}

const timeOf = (millis) => (millis < 1000 ? `${millis.toFixed(1)} ms` : `${(millis / 1000).toFixed(3)} s`);
