/** The fields of an element: value, meaning and rule. */

import { make } from "./element.js";
import { overlap } from "./link.js";
import { Roving } from "./roving.js";
import { fieldsOf } from "./spans.js";

const MAX_VALUE = 160;

export class FieldTree {
  #container;
  #rule;
  #link;
  #clauses;
  #roving;

  /** `clauses` has the words of each rule by its id. */
  constructor(container, rule, link, clauses) {
    this.#container = container;
    this.#rule = rule;
    this.#link = link;
    this.#clauses = clauses;
    this.#roving = new Roving(container, ".row");
    link.addEventListener("mark", ({ detail }) => this.#mark(detail));
  }

  show(element) {
    this.#container.replaceChildren(...fieldsOf(element).map((field) => this.#row(field)));
    this.#rule.hidden = true;
    this.#roving.set(0);
    const broken = element.violations[0]?.clause;
    if (broken) this.#showRule(broken);
  }

  clear() {
    this.#container.replaceChildren();
    this.#rule.hidden = true;
  }

  #row({ span, depth, place, isLeaf }) {
    const row = make("div", {
      class: `row ${span.level}`, role: "treeitem", "aria-level": depth + 1, "aria-selected": "false",
    });
    row.style.setProperty("--depth", depth);
    row.range = place;
    row.isLeaf = isLeaf;
    row.clause = span.clause;
    const what = make("span", {});
    if (span.value) what.append(make("span", { class: "value" }, shortened(span.value)));
    if (span.note) what.append(make("span", { class: "note" }, span.note));
    if (span.clause) what.append(" ", make("span", { class: "clause" }, `[${span.clause}]`));
    row.append(make("span", { class: "name" }, span.field), what);
    row.addEventListener("focus", () => this.#link.mark("linked", row.range, row));
    row.addEventListener("click", () => row.focus());
    if (place) {
      row.addEventListener("pointerenter", () => this.#link.mark("hovered", place, row));
      row.addEventListener("pointerleave", () => this.#link.mark("hovered", undefined, row));
    }
    return row;
  }

  #showRule(clause) {
    const words = this.#clauses.get(clause);
    this.#rule.hidden = !words;
    if (words) this.#rule.replaceChildren(make("code", {}, clause), " ", ...marked(words));
  }

  #mark({ way, range, source }) {
    const isOwn = source instanceof Element;
    for (const row of this.#container.querySelectorAll(".row")) {
      const isMarked = isOwn
        ? row === source && (way === "linked" || range !== undefined)
        : row.isLeaf && overlap(row.range, range);
      row.classList.toggle(way, isMarked);
      if (way === "linked") row.setAttribute("aria-selected", isMarked);
    }
    const linked = this.#container.querySelectorAll(".row.linked");
    if (way === "linked" && linked.length === 1) this.#showRule(linked[0].clause);
  }
}

const shortened = (text) => (text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)} …` : text);

/** What is between backticks is code. */
const marked = (words) => words.split("`").map((part, index) => (index % 2 === 1 ? make("code", {}, part) : part));
