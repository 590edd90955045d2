// The scenarios of the contract in README.md, for npm `socket.io-client` in Node.js and in a browser.

const SECONDS_PER_SCENARIO = 10;
// Longer than anything should take, and shorter than a scenario may take, so that a failure reports its own reason.
const PATIENCE = 8_000;
const PING_INTERVAL_AND_TIMEOUT = 3_000;
const MAX_PAYLOAD = 1_000_000;
// How long to watch that nothing happens: several reconnection delays.
const QUIET = 400;

const sesame = { token: "sesame" };
const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const EVENTS = [
  [],
  ["Grüße, 世界, 👋🏽, \u001e, \u0000, \u2028, \", \\"],
  [0, -1, 1.5, Number.MAX_SAFE_INTEGER, 1e21, true, false, null],
  [[], {}, [[["deep"]]], { a: { b: [{ c: null }] }, "": "under an empty key" }],
  [{ _placeholder: true, num: 0 }],
];
const BINARY = [
  [BYTES],
  [new Uint8Array(0)],
  [BYTES, "between", BYTES.slice().reverse()],
  [{ file: BYTES, parts: [BYTES.slice(0, 1), { deep: BYTES.slice(1, 3) }], name: "x", none: null }],
  [[[BYTES.slice(7, 9)]]],
];

/** Returns the value with binary as text, and keys in order. */
function plain(value) {
  if (value instanceof ArrayBuffer) value = new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return `binary ${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, plain(value[key])]));
}

function equal(got, wanted) {
  const [one, other] = [got, wanted].map((value) => JSON.stringify(plain(value)));
  const short = (text) => text?.length > 200 ? `${text.slice(0, 200)}... (${text.length} characters)` : text;
  if (one !== other) throw new Error(`got ${short(one)}, wanted ${short(other)}`);
}

/** Compares the arguments of an event, which may have the offset of recovery as one more. */
function equalArguments(got, wanted) {
  const offset = got.length === wanted.length + 1 && typeof got.at(-1) === "string";
  equal(offset ? got.slice(0, -1) : got, wanted);
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Returns the promise with a timeout. */
function within(promise, describe) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${describe()} in ${PATIENCE} ms`)), PATIENCE);
  });
  const first = Promise.race([promise, late]).finally(() => clearTimeout(timer));
  // A scenario that failed elsewhere does not await it any more.
  first.catch(() => {});
  return first;
}

/** Resolves to the arguments of the next event of that name. */
function next(emitter, event) {
  const happened = new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
  return within(happened, () => `no ${event}`);
}

/** Resolves to the first arguments of the events of that name from now on, up to the one that is `last`. */
function heard(socket, event, last) {
  const all = [];
  const complete = new Promise((resolve) => socket.on(event, (what) => {
    all.push(what);
    if (what === last) resolve(all);
  }));
  return within(complete, () => `no ${event} ${last}, but ${JSON.stringify(plain(all))}`);
}

/** Resolves to the arguments of the acknowledgement. */
function call(socket, event, ...args) {
  return new Promise((resolve, reject) => {
    socket.timeout(PATIENCE).emit(event, ...args, (late, ...answer) => {
      if (late) reject(new Error(`no acknowledgement of ${event} in ${PATIENCE} ms`));
      else resolve(answer);
    });
  });
}

async function whoAmI(socket) {
  const [who] = await call(socket, "who-am-i");
  return who;
}

async function echoes(socket, ...args) {
  const echo = next(socket, "echo");
  socket.emit("echo", ...args);
  equalArguments(await echo, args);
}

/** Emits all at once, or with `pause` between, and checks that they come back in order. */
async function echoesInOrder(socket, all, pause) {
  const got = [];
  const complete = new Promise((resolve) => {
    socket.on("echo", (...args) => { if (got.push(args) === all.length) resolve(); });
  });
  for (const args of all) {
    socket.emit("echo", ...args);
    if (pause) await pause();
  }
  await within(complete, () => `${got.length} of ${all.length} came back`);
  got.forEach((args, n) => equalArguments(args, all[n]));
}

const echoesEach = (all) => async (socket) => {
  for (const args of all) await echoes(socket, ...args);
};

async function acknowledgesEach(socket) {
  for (const args of [...EVENTS, ...BINARY]) equal(await call(socket, "echo-ack", ...args), args);
  const numbers = Array.from({ length: 50 }, (_, n) => n);
  const answers = await Promise.all(numbers.map((n) => call(socket, "echo-ack", n)));
  equal(answers, numbers.map((n) => [n]));
}

async function isRefused(socket) {
  socket.on("connect", () => socket.emit("connected although refused"));
  const [error] = await next(socket, "connect_error");
  await sleep(QUIET);
  equal([socket.connected, socket.active], [false, false]);
  return error;
}

/** Ends the transport without a disconnect packet. */
async function cut(socket) {
  const gone = next(socket, "disconnect");
  socket.io.engine.close();
  await gone;
}

async function staysGone(socket) {
  await sleep(QUIET);
  equal([socket.connected, socket.active], [false, false]);
}

const isClosedByTooLarge = (transports) => async ({ connect }) => {
  const socket = await connect("/", { transports });
  const [gone, again] = [next(socket, "disconnect"), next(socket, "connect")];
  socket.emit("echo", new Uint8Array(MAX_PAYLOAD * 1.1));
  await gone;
  await again;
  await echoes(socket, "smaller");
};

const staysOpen = (transports) => async ({ connect }) => {
  const socket = await connect("/", { transports });
  const { id } = socket;
  let pings = 0;
  socket.io.on("ping", () => { pings += 1; });
  await sleep(PING_INTERVAL_AND_TIMEOUT + 300);
  equal([socket.connected, socket.id], [true, id]);
  if (pings < 2) throw new Error(`${pings} pings`);
  await echoes(socket, "still here");
};

/** Each is called with functions that open sockets and ask the runner for something. */
const SCENARIOS = {
  "connect": async ({ connect }) => {
    const socket = await connect("/");
    const { id, recovered } = await whoAmI(socket);
    equal([id, recovered, Boolean(socket.recovered)], [socket.id, false, false]);
  },
  "auth-accepted": async ({ connect }) => {
    await echoes(await connect("/admin", { auth: sesame }), "let in");
  },
  "auth-refused": async ({ open }) => {
    for (const auth of [{ token: "wrong" }, undefined]) {
      const { message, data } = await isRefused(open("/admin", { auth }));
      equal([message, data], ["not authorized", { status: 401, hint: "auth.token" }]);
    }
  },
  "unknown-namespace": async ({ open }) => {
    await isRefused(open("/nowhere"));
  },
  "unknown-namespace-message": async ({ open }) => {
    equal((await isRefused(open("/nowhere"))).message, "Invalid namespace");
  },
  "events": async ({ connect }) => echoesEach(EVENTS)(await connect("/")),
  "binary": async ({ connect }) => echoesEach(BINARY)(await connect("/")),
  "acks": async ({ connect }) => acknowledgesEach(await connect("/")),
  "ack-timeout": async ({ connect }) => {
    const socket = await connect("/");
    const answer = await new Promise((resolve) => {
      socket.timeout(200).emit("ignored", (late) => resolve(late ? "timeout" : "acknowledged"));
    });
    equal(answer, "timeout");
    await echoes(socket, "after it");
  },
  "asked": async ({ connect }) => {
    const socket = await connect("/");
    const asked = ["What?", { file: BYTES }];
    socket.on("question", (...args) => {
      const acknowledge = args.pop();
      acknowledge(args, BYTES);
    });
    equal(await call(socket, "ask-me", PATIENCE, ...asked), [{ answer: [asked, BYTES] }]);
  },
  "asked-timeout": async ({ connect }) => {
    const socket = await connect("/");
    const answered = new Promise((resolve) => {
      socket.on("question", async (acknowledge) => {
        await sleep(500);
        acknowledge("too late");
        resolve();
      });
    });
    equal(await call(socket, "ask-me", 200), [{ timeout: true }]);
    await answered;
    await echoes(socket, "after it");
  },
  "order": async ({ connect }) => {
    const all = Array.from({ length: 200 }, (_, n) => n % 3 ? [n] : [n, BYTES.slice(n)]);
    await echoesInOrder(await connect("/"), all);
  },
  "rooms": async ({ connect }) => {
    const [a, b, c] = [await connect("/"), await connect("/"), await connect("/")];
    const said = [a, b, c].map((socket) => heard(socket, "said", "end"));
    equal(await call(a, "join", "kitchen"), [["kitchen"]]);
    equal(await call(a, "join", "hall"), [["hall", "kitchen"]]);
    await call(b, "join", "kitchen");
    await call(c, "join", "hall");
    await call(a, "to-all", 1);
    await call(a, "to-all-but-me", 2);
    await call(c, "to-room", "kitchen", 3);
    await call(a, "to-room", "kitchen", 4);
    await call(a, "to-room-but-me", "kitchen", 5);
    await call(c, "to-room-except", "kitchen", "hall", 6);
    equal(await call(b, "leave", "kitchen"), [[]]);
    await call(a, "to-room", "kitchen", 7);
    await call(a, "to-room", "nobody's", 8);
    await call(b, "to-room", "hall", BYTES);
    await call(a, "to-all", "end");
    equal(await Promise.all(said), [
      [1, 3, 4, 7, BYTES, "end"],
      [1, 2, 3, 4, 5, 6, "end"],
      [1, 2, BYTES, "end"],
    ]);
  },
  "namespaces": async ({ connect }) => {
    const main = await connect("/");
    const chat = main.io.socket("/chat");
    await next(chat, "connect");
    equal(chat.io.engine.id, main.io.engine.id);
    if (main.id === chat.id) throw new Error("both namespaces have the same id");
    const echoed = [main, chat].map((socket) => heard(socket, "echo", "end"));
    const said = [main, chat].map((socket) => heard(socket, "said", "end"));
    for (const socket of [main, chat]) await call(socket, "join", "kitchen");
    await echoes(main, 1);
    await echoes(chat, 2);
    equal(await Promise.all([call(main, "echo-ack", 3), call(chat, "echo-ack", 4)]), [[3], [4]]);
    await call(main, "to-room", "kitchen", 5);
    await call(chat, "to-all", 6);
    for (const socket of [main, chat]) {
      await call(socket, "to-all", "end");
      await echoes(socket, "end");
    }
    equal(await Promise.all(echoed), [[1, "end"], [2, "end"]]);
    equal(await Promise.all(said), [[5, "end"], [6, "end"]]);
    chat.disconnect();
    await echoes(main, 7);
    equal([main.connected, chat.connected], [true, false]);
  },
  "volatile": async ({ connect }) => {
    const socket = await connect("/");
    const ticks = [];
    socket.on("tick", (n) => ticks.push(n));
    for (let round = 0; round < 20 && ticks.length === 0; round++) {
      const tock = next(socket, "tock");
      socket.emit("volatile", 5);
      equalArguments(await tock, [5]);
    }
    if (ticks.length === 0) throw new Error("no tick in 20 rounds");
    equal(ticks, [0, 1, 2, 3, 4].filter((n) => ticks.includes(n)));
  },
  "client-disconnect": async ({ connect }) => {
    const [watcher, leaver] = [await connect("/"), await connect("/")];
    await call(watcher, "join", "watchers");
    const { id } = leaver;
    // Sockets of the scenario before may leave late.
    const left = heard(watcher, "left", id);
    leaver.disconnect();
    await left;
    await staysGone(leaver);
  },
  "server-disconnect": async ({ connect }) => {
    const main = await connect("/");
    const chat = main.io.socket("/chat");
    await next(chat, "connect");
    const gone = next(chat, "disconnect");
    chat.emit("disconnect-me");
    equal((await gone)[0], "io server disconnect");
    await staysGone(chat);
    await echoes(main, "still here");
    chat.connect();
    await next(chat, "connect");
    await echoes(chat, "here again");
  },
  "polling": async ({ connect }) => {
    const socket = await connect("/", { transports: ["polling"] });
    await echoesEach(EVENTS)(socket);
    await echoesEach(BINARY)(socket);
    await acknowledgesEach(socket);
    equal((await whoAmI(socket)).transport, "polling");
  },
  "upgrade": async ({ open }) => {
    const socket = open("/", { transports: ["polling", "websocket"] });
    const upgraded = next(socket.io.engine, "upgrade");
    await next(socket, "connect");
    const all = Array.from({ length: 50 }, (_, n) => n % 3 ? [n] : [n, BYTES.slice(n)]);
    await echoesInOrder(socket, all, () => sleep(1));
    await upgraded;
    equal((await whoAmI(socket)).transport, "websocket");
  },
  "websocket": async ({ connect }) => {
    equal((await whoAmI(await connect("/"))).transport, "websocket");
  },
  "large": async ({ connect }) => {
    await echoes(await connect("/"), new Uint8Array(MAX_PAYLOAD * 0.9).fill(7));
  },
  "large-polling": async ({ connect }) => {
    const socket = await connect("/", { transports: ["polling"] });
    await echoes(socket, new Uint8Array(MAX_PAYLOAD * 0.7).fill(7));
  },
  "too-large": isClosedByTooLarge(["websocket"]),
  "too-large-polling": isClosedByTooLarge(["polling"]),
  "heartbeat": staysOpen(["websocket"]),
  "heartbeat-polling": staysOpen(["polling"]),
  "silent-server": async ({ connect, ask }) => {
    const socket = await connect("/");
    const [gone, again] = [next(socket, "disconnect"), next(socket, "connect")];
    ask("stop");
    try {
      equal((await gone)[0], "ping timeout");
    } finally {
      ask("continue");
    }
    await again;
    await echoes(socket, "here again");
  },
  "cut": async ({ connect }) => {
    const socket = await connect("/");
    const again = next(socket, "connect");
    await cut(socket);
    await again;
    await echoes(socket, "here again");
  },
  "offline-buffer": async ({ connect }) => {
    const socket = await connect("/", { reconnectionDelay: 500 });
    await cut(socket);
    const all = [[1], [2, BYTES], [3]];
    const complete = echoesInOrder(socket, all);
    equal(socket.connected, false);
    await complete;
  },
  "reconnect": async ({ connect, ask }) => {
    const socket = await connect("/");
    const { id } = socket;
    const [gone, again] = [next(socket, "disconnect"), next(socket, "connect")];
    ask("kill");
    await gone;
    await again;
    equal(Boolean(socket.recovered), false);
    if (socket.id === id) throw new Error("the id is that of before");
    await echoes(socket, "here again");
  },
  "recovery": async ({ connect }) => {
    const [away, other] = [await connect("/", { reconnection: false }), await connect("/")];
    const { id } = away;
    const said = heard(away, "said", 6);
    await call(away, "join", "kitchen");
    const first = next(away, "said");
    await call(other, "to-room", "kitchen", 0);
    await first;
    await cut(away);
    for (const what of [1, 2, BYTES, 4, 5]) await call(other, "to-room", "kitchen", what);
    const again = next(away, "connect");
    away.connect();
    await again;
    const who = await whoAmI(away);
    equal([Boolean(away.recovered), who.recovered, away.id, who.id], [true, true, id, id]);
    await call(other, "to-room", "kitchen", 6);
    equal(await said, [0, 1, 2, BYTES, 4, 5, 6]);
  },
};

/** Runs one scenario against the server at `url`, with `io` of socket.io-client. */
async function runOne(io, url, scenario, print) {
  const opened = [];
  const open = (namespace, options) => {
    const socket = io(url + namespace, {
      forceNew: true, transports: ["websocket"], reconnectionDelay: 50, reconnectionDelayMax: 200, ...options,
    });
    opened.push(socket);
    return socket;
  };
  const connect = async (namespace, options) => {
    const socket = open(namespace, options);
    const refused = next(socket, "connect_error").then(([error]) => { throw error; });
    await Promise.race([next(socket, "connect"), refused]);
    return socket;
  };
  const ask = (what) => print(`server: ${what}`);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("timed out")), SECONDS_PER_SCENARIO * 1000);
  });
  try {
    await Promise.race([scenario({ open, connect, ask }), late]);
  } finally {
    clearTimeout(timer);
    for (const socket of opened) {
      socket.io.reconnection(false);
      socket.disconnect();
      socket.io.engine.close();
    }
  }
}

/** Runs the scenarios of these names; resolves to whether all were ok. */
export async function run(io, url, names, print) {
  let ok = true;
  for (const name of names) {
    try {
      if (!SCENARIOS[name]) throw new Error("no such scenario");
      await runOne(io, url, SCENARIOS[name], print);
      await print(`ok ${name}`);
    } catch (error) {
      ok = false;
      await print(`FAILED ${name}: ${error.message}`);
    }
  }
  return ok;
}
