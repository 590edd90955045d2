/** Broken frames to look at and to send. */

import { fromHex } from "./bytes.js";
import { make } from "./element.js";
import { Roving } from "./roving.js";

export class Gallery {
  #list;
  #onChoose;
  #roving;

  constructor(list, onChoose) {
    this.#list = list;
    this.#onChoose = onChoose;
    this.#roving = new Roving(list, ".option", { chooses: true });
  }

  show(pictures) {
    this.#list.replaceChildren(...pictures.map((picture) => this.#row(picture)));
    this.#roving.set(0);
  }

  #row(picture) {
    const { title, sender, clause, deflate, bytes } = picture;
    const whose = `${sender}${deflate ? ", compressed" : ""}`;
    const row = make("li", { class: "option", role: "option", "aria-selected": "false" },
      make("div", { class: "name" }, title),
      make("div", { class: "line" },
        make("span", { class: "small quiet grow" }, whose),
        make("span", { class: "small sign-bad" }, `✗ ${clause}`)));
    row.addEventListener("click", () => {
      this.unselect();
      row.setAttribute("aria-selected", true);
      this.#onChoose({ ...picture, bytes: fromHex(bytes) });
    });
    return row;
  }

  unselect() {
    for (const row of this.#list.children) row.setAttribute("aria-selected", false);
  }
}
