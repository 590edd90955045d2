const GONE = "The program has ended. Start it again, and load this page anew.";

/** The connection of this page to the program that serves it. Its events are those of the program. */
export class Program extends EventTarget {
  #socket = new WebSocket(`ws://${location.host}/session`);
  #asked = new Map();
  #number = 0;
  /** The longest message that the program takes, in bytes; known after its first event. */
  #maxLen = Infinity;

  constructor() {
    super();
    this.#socket.addEventListener("message", ({ data }) => this.#heard(JSON.parse(data)));
    this.#socket.addEventListener("close", () => this.#gone());
  }

  /** Calls back at each event of this name. */
  on(name, callback) {
    this.addEventListener(name, ({ detail }) => callback(detail));
  }

  /** Returns whether the program can be told anything. */
  get isThere() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends a command, or throws why it cannot be sent. */
  tell(command) {
    const text = JSON.stringify(command);
    if (!this.isThere) throw new Error(GONE);
    if (new Blob([text]).size > this.#maxLen) {
      throw new Error(`That is too long: the workbench takes about ${this.#maxLen >> 11} KiB at a time.`);
    }
    this.#socket.send(text);
  }

  /** Resolves with the answer, or throws what is wrong with the question. */
  ask(command) {
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      this.tell({ ...command, number });
      this.#asked.set(number, { resolve, reject });
    });
  }

  #gone() {
    for (const { reject } of this.#asked.values()) reject(new Error(GONE));
    this.#asked.clear();
    this.#emit({ event: "gone", text: GONE });
  }

  #heard(event) {
    if (event.event === "welcome") this.#maxLen = event.max_len;
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
