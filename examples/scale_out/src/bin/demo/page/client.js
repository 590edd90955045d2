// A client that reads rooms and publishes, and reconnects automatically: the same rules as
// `engine::Client` in Rust.
//
//     const client = new Client("ann", ["ws://127.0.0.1:4001/socket", "ws://127.0.0.1:4002/socket"]);
//     client.on("message", ({ publisher, text }) => console.log(publisher, text));
//     client.join("lobby");
//     client.publish("lobby", "Hello");
//
// Events: "message", "connected" and "disconnected" with the index of the node, "resumed" and
// "not_recovered" with a room, "present", "acknowledged", and "gap", which never comes.

// Milliseconds. A node that dies loses all its clients at once: a random part of a delay that doubles
// keeps them from returning at once (RFC 6455 7.2.3).
const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;
const STABLE = 5_000; // A connection that lasts as long was a good one.
const MAX_SILENCE = 5_000; // A node sends something every two seconds.
const MAX_PUBLISHERS = 1_000; // Whose last message in a room is remembered.

export class Client {
  /** Known to everybody who reads its messages, and used by one page, once. */
  id = crypto.randomUUID();
  #user;
  #nodes;
  #next;
  #socket;
  #silence;
  #failures = 0;
  #returnIn;
  #handlers = new Map();
  #rooms = new Map();
  #sequence = 0;
  #unacknowledged = [];

  /** `first` is the index of the node to connect to. If it is gone, the others follow. */
  constructor(user, nodes, first = 0) {
    this.#user = user;
    this.#nodes = nodes;
    this.#next = first;
    this.#connect();
  }

  on(event, handler) {
    this.#handlers.set(event, handler);
  }

  join(room) {
    this.#rooms.set(room, { position: undefined, isJoined: false, publishers: new Map() });
    this.#sendJoin(room);
  }

  /** Sends a message, and again after each loss of the connection until it is acknowledged. */
  publish(room, text) {
    this.#sequence += 1;
    const request = { type: "publish", room, sequence: this.#sequence, text };
    this.#unacknowledged.push(request);
    this.#send(request);
  }

  get unacknowledged() {
    return this.#unacknowledged.length;
  }

  #connect() {
    const node = this.#next % this.#nodes.length;
    this.#next += 1;
    const query = new URLSearchParams({ client: this.id, user: this.#user });
    const socket = new WebSocket(`${this.#nodes[node]}?${query}`);
    this.#socket = socket;
    let opened;
    let isOver = false;
    const ended = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(this.#silence);
      if (opened) this.#call("disconnected", { node });
      for (const view of this.#rooms.values()) view.isJoined = false;
      this.#reconnect(opened);
    };
    // A dead node does not answer a Close frame either: this does not wait for it.
    const abandon = () => { socket.close(); ended(); };
    this.#watch(abandon);
    socket.onopen = () => {
      opened = Date.now();
      this.#call("connected", { node });
      for (const room of this.#rooms.keys()) this.#sendJoin(room);
      for (const request of this.#unacknowledged) this.#send(request);
    };
    socket.onmessage = ({ data }) => {
      if (isOver) return;
      this.#watch(abandon);
      this.#received(JSON.parse(data));
    };
    socket.onclose = ended;
  }

  #watch(abandon) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(abandon, MAX_SILENCE);
  }

  #reconnect(opened) {
    if (opened && Date.now() - opened > STABLE) this.#failures = 0;
    const backoff = Math.random() * Math.min(FIRST_DELAY * 2 ** this.#failures, LONGEST_DELAY);
    this.#failures += 1;
    setTimeout(() => this.#connect(), this.#returnIn ?? backoff);
    this.#returnIn = undefined;
  }

  #received(event) {
    const view = this.#rooms.get(event.room);
    switch (event.type) {
      case "message":
        if (view?.isJoined) this.#message(view, event);
        break;
      case "joined": {
        const wasThere = view.position !== undefined;
        view.isJoined = true;
        if (!event.recovered) view.position = event.position;
        if (event.recovered) this.#call("resumed", event);
        else if (wasThere) this.#call("not_recovered", event);
        break;
      }
      case "resume":
        this.#rejoin(event.room, view);
        break;
      case "acknowledged":
        this.#unacknowledged = this.#unacknowledged.filter(({ sequence }) => sequence !== event.sequence);
        this.#call("acknowledged", event);
        break;
      case "present":
        this.#call("present", event);
        break;
      case "leaving":
        this.#returnIn = event.return_in;
        break;
    }
  }

  #message(view, message) {
    const { position, publisher, sequence } = message;
    const read = view.position;
    const isSameEpoch = position.epoch === read.epoch;
    if (isSameEpoch && position.number <= read.number) return; // It is not newer.
    if (!isSameEpoch || position.number !== read.number + 1) {
      this.#call("gap", message);
      this.#rejoin(message.room, view);
      return;
    }
    view.position = position;
    if (sequence <= (view.publishers.get(publisher) ?? 0)) {
      this.#call("repeated", message);
      return;
    }
    // Last in the order of the map, so that the first one is the one that was silent for longest.
    view.publishers.delete(publisher);
    view.publishers.set(publisher, sequence);
    if (view.publishers.size > MAX_PUBLISHERS) {
      view.publishers.delete(view.publishers.keys().next().value);
    }
    this.#call("message", message);
  }

  #rejoin(room, view) {
    view.isJoined = false;
    this.#sendJoin(room);
  }

  #sendJoin(room) {
    this.#send({ type: "join", room, after: this.#rooms.get(room).position });
  }

  /** What is not sent now is sent when the connection is open. */
  #send(request) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  #call(event, data) {
    this.#handlers.get(event)?.(data);
  }
}
