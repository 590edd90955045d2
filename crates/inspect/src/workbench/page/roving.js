/**
 * One stop of the Tab key for many items, and arrow keys between them.
 *
 * `columns` makes it a grid: up and down move by so many items.
 */
export class Roving {
  #container;
  #selector;
  #columns;
  #index = 0;

  constructor(container, selector, columns = () => 1) {
    this.#container = container;
    this.#selector = selector;
    this.#columns = columns;
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
    const columns = this.#columns();
    const last = this.items().length - 1;
    const steps = {
      ArrowRight: this.#index + 1, ArrowLeft: this.#index - 1,
      ArrowDown: this.#index + columns, ArrowUp: this.#index - columns,
      Home: 0, End: last,
    };
    const to = steps[event.key];
    if (to === undefined || !this.items().includes(event.target)) return;
    event.preventDefault();
    if (to >= 0 && to <= last) this.focus(to);
  }
}
