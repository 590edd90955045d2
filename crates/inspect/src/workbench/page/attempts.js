/**
 * The attempts to connect. The program begins each in the order in which it was told, so that an answer to an
 * earlier one is not taken for that to a later one.
 */
export class Attempts {
  #asked = 0;
  #begun = 0;
  #waiting = [];

  /** Whether the program has not begun the last one yet. */
  get isUnderWay() {
    return this.#begun < this.#asked;
  }

  /** Counts one. Resolves with whether it has opened a connection. */
  next() {
    this.#asked += 1;
    return this.last();
  }

  /** Resolves as the last one does. */
  last() {
    return new Promise((resolve) => { this.#waiting.push({ number: this.#asked, resolve }); });
  }

  /** The program begins the next one, and goes on with no other. */
  begun() {
    this.ended(false);
    this.#begun += 1;
  }

  /** The one that was begun has opened a connection, or has not. */
  ended(isOpen) {
    const isOver = ({ number }) => number <= this.#begun;
    for (const { resolve } of this.#waiting.filter(isOver)) resolve(isOpen);
    this.#waiting = this.#waiting.filter((waiter) => !isOver(waiter));
  }

  /** Nothing will be begun any more. */
  abandon() {
    this.#begun = this.#asked;
    this.ended(false);
  }
}
