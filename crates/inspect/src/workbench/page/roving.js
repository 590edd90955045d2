/**
 * One stop of the Tab key for many items, and arrow keys between them.
 *
 * `columns` makes it a grid: up and down move by so many items. With `chooses` the arrow keys also choose, as
 * a click does; Tab never does, so that what is explained survives on the way to something else.
 */
export class Roving {
  #container;
  #selector;
  #columns;
  #chooses;
  #index = 0;

  constructor(container, selector, { columns = () => 1, chooses = false } = {}) {
    this.#container = container;
    this.#selector = selector;
    this.#columns = columns;
    this.#chooses = chooses;
    container.addEventListener("keydown", (event) => this.#key(event));
    container.addEventListener("focusin", ({ target }) => {
      const index = this.items().indexOf(target);
      if (index >= 0) this.set(index);
    });
  }

  items() {
    return [...this.#container.querySelectorAll(this.#selector)];
  }

  /** Makes this item the one that Tab reaches. */
  set(index) {
    const items = this.items();
    this.#index = Math.max(0, Math.min(index, items.length - 1));
    items.forEach((item, at) => { item.tabIndex = at === this.#index ? 0 : -1; });
  }

  /** Call it after the items have changed. */
  refresh() {
    this.set(this.#index);
  }

  focus(index = this.#index) {
    this.set(index);
    this.items()[this.#index]?.focus();
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { target, key } = event;
    const items = this.items();
    if (!items.includes(target)) return;
    if (this.#chooses && (key === "Enter" || key === " ")) {
      event.preventDefault();
      target.click();
    }
    const columns = this.#columns();
    const last = items.length - 1;
    const steps = {
      ArrowRight: this.#index + 1, ArrowLeft: this.#index - 1,
      ArrowDown: this.#index + columns, ArrowUp: this.#index - columns,
      Home: 0, End: last,
    };
    const to = steps[key];
    if (to === undefined) return;
    event.preventDefault();
    if (to < 0 || to > last) return;
    this.focus(to);
    if (this.#chooses) items[to].click();
  }
}
