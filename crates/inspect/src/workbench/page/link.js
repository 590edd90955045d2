/**
 * What is chosen or pointed at, as a range of bits of one element. All views show it.
 *
 * The event `mark` has the way (`linked` or `hovered`), the range and the view that it comes from.
 */
export class Link extends EventTarget {
  mark(way, range, source) {
    this.dispatchEvent(new CustomEvent("mark", { detail: { way, range, source } }));
  }

  /** Makes an item choose its range when it is clicked or focused, and point at it when hovered. */
  attach(item, range, source) {
    if (!range) return;
    item.addEventListener("click", () => this.mark("linked", range, source));
    item.addEventListener("focus", () => this.mark("linked", range, source));
    item.addEventListener("pointerenter", () => this.mark("hovered", range, source));
    item.addEventListener("pointerleave", () => this.mark("hovered", undefined, source));
  }
}

export const overlap = (a, b) => Boolean(a && b && a.from < b.to && b.from < a.to);
