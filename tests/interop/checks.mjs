// What every JavaScript peer checks on an open connection, in Node.js and in a browser, and the
// report of one line per check.

const MILLISECONDS_PER_CHECK = 10_000;

// Every line and every word is numbered, so that a lost, doubled or moved part shows.
const lines = Array.from({ length: 61_680 }, (_, n) => `${String(n).padStart(6, "0")} é€😀\n`);
const TEXT_1M = lines.join("") + "sixteen letters.";
const BINARY_1M = new Uint8Array(1 << 20);
const words = new DataView(BINARY_1M.buffer);
for (let at = 0; at < BINARY_1M.length; at += 4) words.setUint32(at, at / 4);

const utf8 = (text) => new TextEncoder().encode(text);
if (utf8(TEXT_1M).length !== 1 << 20) throw new Error("TEXT_1M is not 1 MiB");

export const TEXT = "Grüße, 世界, 👋🏽";
export const BINARY = Uint8Array.from({ length: 256 }, (_, byte) => byte);
// Lengths from 0 to 999 cross the border between the 7-bit and the 16-bit length. The texts are
// of ASCII so that no slice cuts a surrogate pair.
const PIPELINED = Array.from({ length: 1000 }, (_, n) =>
  n % 2 ? BINARY_1M.slice(n, 2 * n) : `${n} `.repeat(n).slice(0, n),
);

export class Report {
  failed = false;

  constructor(pair, print) {
    this.pair = pair;
    this.print = print;
  }

  noteExtensions = ({ extensions }) => {
    this.print(`note    ${this.pair}: extensions: ${extensions || "none"}`);
  };

  /** Calls `run` with a signal that ends whatever it started once the check is over. */
  async check(what, run) {
    const over = new AbortController();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("timed out")), MILLISECONDS_PER_CHECK);
    });
    try {
      await Promise.race([run(over.signal), late]);
      this.print(`ok      ${this.pair}: ${what}`);
    } catch (error) {
      this.failed = true;
      this.print(`FAILED  ${this.pair}: ${what}: ${error.message}`);
    } finally {
      clearTimeout(timer);
      over.abort();
    }
  }
}

export function equal(got, wanted) {
  if (got instanceof ArrayBuffer) got = new Uint8Array(got);
  const length = Math.max(got?.length ?? 0, wanted.length ?? 0);
  let at = 0;
  while (at < length && got[at] === wanted[at]) at += 1;
  if (got === wanted || (got?.constructor === wanted.constructor && at === length)) return;
  const shown = (value) => JSON.stringify(typeof value === "object" ? [...value] : value);
  const kind = (value) => `${value?.constructor?.name} of length ${value?.length}`;
  throw new Error(length < 100
    ? `got ${shown(got)}, wanted ${shown(wanted)}`
    : `got ${kind(got)}, wanted ${kind(wanted)}, different at ${at}`);
}

export function opened(socket) {
  socket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = ({ message }) => reject(new Error(message ?? "no connection"));
  });
}

export function received(socket, count) {
  return new Promise((resolve, reject) => {
    const messages = [];
    socket.onmessage = ({ data }) => {
      messages.push(data);
      if (messages.length === count) resolve(messages);
    };
    socket.onclose = ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`));
  });
}

/** Closes, and resolves to the event that tells how the peer answered. */
export function close(socket, code, reason) {
  return new Promise((resolve) => {
    socket.onclose = resolve;
    socket.close(code, reason);
  });
}

const echoesAll = (messages) => async (socket) => {
  const echoed = received(socket, messages.length);
  for (const message of messages) socket.send(message);
  (await echoed).forEach((echo, n) => equal(echo, messages[n]));
};

export const echoes = (message) => echoesAll([message]);

/** What every WebSocket API can do, a browser's too. */
export const exchanges = {
  "text": echoes(TEXT),
  "binary": echoes(BINARY),
  "empty text": echoes(""),
  "empty binary": echoes(new Uint8Array(0)),
  "1 MiB text": echoes(TEXT_1M),
  "1 MiB binary": echoes(BINARY_1M),
  "1000 messages pipelined": echoesAll(PIPELINED),
};

const echoesFragments = (message, length, between = () => {}) => async (socket) => {
  const binary = typeof message !== "string";
  const data = binary ? message : utf8(message);
  const echoed = received(socket, 1);
  for (let at = 0; at < data.length; at += length) {
    const fin = at + length >= data.length;
    socket.send(data.subarray(at, at + length), { binary, fin });
    if (!fin) between(socket);
  }
  equal((await echoed)[0], message);
};

const answersPing = async (socket, payload) => {
  const pong = new Promise((resolve) => socket.once("pong", resolve));
  socket.ping(payload);
  equal(new Uint8Array(await pong), payload);
};

/** What only the API of `ws` can do: fragments and pings. */
export const frameExchanges = {
  "fragmented text, cut inside characters": echoesFragments(TEXT, 1),
  "fragmented binary": echoesFragments(BINARY, 100),
  "fragmented 1 MiB text": echoesFragments(TEXT_1M, 9_999),
  "ping between fragments": async (socket) => {
    const pong = new Promise((resolve) => socket.once("pong", resolve));
    await echoesFragments(TEXT, 20, () => socket.ping("between fragments"))(socket);
    equal(String(await pong), "between fragments");
  },
  "ping answered with its payload": async (socket) => {
    await answersPing(socket, new Uint8Array(0));
    await answersPing(socket, BINARY.slice(0, 125));
  },
};
