// A WebSocket with events and acknowledgements, which reconnects automatically.
//
//     const connection = new Connection(() => "ws://127.0.0.1:3000/chat");
//     connection.on("said", ({ name, text }) => console.log(name, text));
//     await connection.emit("say", { text: "Hello" }); // until the server has acknowledged it
//
// Besides the server's events there are "connect", "disconnect", "wait" for the next attempt, and
// "refused" with an HTTP status, after which there is none.

// Milliseconds. A server that restarts loses all pages at once: a random part of a wait that
// doubles keeps them from coming back at once, again and again (RFC 6455 7.2.3).
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
const STABLE = 10_000; // A connection that lasts as long was a good one.

export class Connection {
  #url;
  #socket;
  #failures = 0;
  #handlers = new Map();
  #unacknowledged = new Map();
  // The id of the next request, among those of this page.
  #next = 0;

  /** `url` is a function, called for each attempt. */
  constructor(url) {
    this.#url = url;
    this.#connect();
  }

  on(event, handler) {
    this.#handlers.set(event, handler);
  }

  /**
   * Sends a request, and again after each loss of the connection. Resolves once it was done.
   */
  emit(event, data = {}) {
    const id = this.#next++;
    const request = JSON.stringify({ event, id, ...data });
    const acknowledged = new Promise((resolve) => {
      this.#unacknowledged.set(id, { request, resolve });
    });
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(request);
    return acknowledged;
  }

  #connect() {
    const socket = new WebSocket(this.#url());
    this.#socket = socket;
    let opened;
    socket.onopen = () => {
      opened = Date.now();
      this.#call("connect");
      for (const { request } of this.#unacknowledged.values()) socket.send(request);
    };
    socket.onmessage = ({ data }) => {
      const { event, ...rest } = JSON.parse(data);
      if (event !== "ack") return this.#call(event, rest);
      this.#unacknowledged.get(rest.id)?.resolve(rest);
      this.#unacknowledged.delete(rest.id);
    };
    socket.onclose = async ({ code, reason }) => {
      if (opened) {
        // The reason is for debugging, not for the people who chat (RFC 6455 5.5.1).
        console.debug("closed", code, reason);
        this.#call("disconnect", { code });
        if (Date.now() - opened > STABLE) this.#failures = 0;
      } else {
        const status = await this.#status();
        if (status === 400 || status === 401) return this.#call("refused", { status });
      }
      const wait = Math.random() * Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT);
      this.#failures += 1;
      this.#call("wait", wait);
      setTimeout(() => this.#connect(), wait);
    };
  }

  /** A page is not told why a handshake failed. A plain request to the same URL is. */
  async #status() {
    try {
      return (await fetch(this.#url().replace(/^ws/, "http"))).status;
    } catch {
      return undefined; // There is no server.
    }
  }

  #call(event, data) {
    this.#handlers.get(event)?.(data);
  }
}
