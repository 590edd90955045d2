/** The connection of this page to the program that serves it. Its events are those of the program. */
export class Program extends EventTarget {
  #socket = new WebSocket(`ws://${location.host}/session`);
  #asked = new Map();
  #number = 0;

  constructor() {
    super();
    this.#socket.addEventListener("message", ({ data }) => this.#heard(JSON.parse(data)));
    this.#socket.addEventListener("close", () => this.#emit({ event: "gone" }));
  }

  /** Calls back at each event of this name. */
  on(name, callback) {
    this.addEventListener(name, ({ detail }) => callback(detail));
  }

  /** Resolves at the next event with one of these names. */
  next(...names) {
    return new Promise((resolve) => {
      const stop = new AbortController();
      for (const name of names) {
        this.addEventListener(name, ({ detail }) => {
          stop.abort();
          resolve(detail);
        }, { signal: stop.signal });
      }
    });
  }

  tell(command) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  /** Resolves with the answer, or throws what is wrong with the question. */
  ask(command) {
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      this.#asked.set(number, { resolve, reject });
      this.tell({ ...command, number });
    });
  }

  #heard(event) {
    const asked = this.#asked.get(event.number);
    if (asked) {
      this.#asked.delete(event.number);
      if (event.event === "refused") asked.reject(new Error(event.text));
      else asked.resolve(event);
      return;
    }
    this.#emit(event);
  }

  #emit(event) {
    this.dispatchEvent(new CustomEvent(event.event, { detail: event }));
  }
}
