import { Roving } from "./roving.js";

/** Tabs, of which one shows its panel. */
export class Tabs {
  #tabs;

  constructor(list) {
    this.#tabs = [...list.querySelectorAll("[role=tab]")];
    const roving = new Roving(list, "[role=tab]");
    this.#tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => this.show(tab.id));
      tab.addEventListener("focus", () => this.show(tab.id));
      if (index === 0) roving.set(0);
    });
    this.show(this.#tabs[0].id);
  }

  show(id) {
    for (const tab of this.#tabs) {
      const isShown = tab.id === id;
      tab.setAttribute("aria-selected", isShown);
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isShown;
    }
  }
}
