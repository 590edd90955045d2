// npm `socket.io` as a server that keeps the contract of README.md.

import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

// Only `require` looks into NODE_PATH.
const { Server } = createRequire(import.meta.url)("socket.io");

const { values } = parseArgs({
  options: {
    "listen": { type: "string" },
    "ping-interval": { type: "string", default: "25000" },
    "ping-timeout": { type: "string", default: "20000" },
    "max-payload": { type: "string", default: "1000000" },
    "origin": { type: "string" },
  },
});

const http = createServer(({ method, url }, response) => {
  if (method === "GET" && url === "/health") response.end("ok");
  else response.writeHead(404).end();
});
const io = new Server(http, {
  pingInterval: Number(values["ping-interval"]),
  pingTimeout: Number(values["ping-timeout"]),
  maxHttpBufferSize: Number(values["max-payload"]),
  cors: { origin: values.origin, credentials: true },
  connectionStateRecovery: { maxDisconnectionDuration: 120_000 },
});

io.of("/admin").use(({ handshake }, next) => {
  if (handshake.auth.token === "sesame") return next();
  const refusal = new Error("not authorized");
  refusal.data = { status: 401, hint: "auth.token" };
  next(refusal);
});

for (const name of ["/", "/chat", "/admin"]) {
  const namespace = io.of(name);
  namespace.on("connection", (socket) => serve(namespace, socket));
}

function serve(namespace, socket) {
  /** Handles an event; `handle` returns the arguments of its acknowledgement. */
  const on = (event, handle) => socket.on(event, (...args) => {
    const acknowledge = typeof args.at(-1) === "function" ? args.pop() : () => {};
    acknowledge(...handle(...args) ?? []);
  });
  const rooms = () => [[...socket.rooms].filter((room) => room !== socket.id).sort()];
  /** Emits `said` to those that `choose` takes out of the event's arguments. */
  const say = (event, choose) => on(event, (...args) => {
    const to = choose(args);
    to.emit("said", ...args);
  });

  on("echo", (...args) => { socket.emit("echo", ...args); });
  on("echo-ack", (...args) => args);
  on("who-am-i", () => {
    const { id, recovered } = socket;
    return [{ id, recovered, transport: socket.conn.transport.name }];
  });
  on("join", (room) => { socket.join(room); return rooms(); });
  on("leave", (room) => { socket.leave(room); return rooms(); });
  say("to-all", () => namespace);
  say("to-all-but-me", () => socket.broadcast);
  say("to-room", (args) => namespace.to(args.shift()));
  say("to-room-but-me", (args) => socket.to(args.shift()));
  say("to-room-except", (args) => namespace.to(args.shift()).except(args.shift()));
  on("volatile", (count) => {
    for (let n = 0; n < count; n++) socket.volatile.emit("tick", n);
    socket.emit("tock", count);
  });
  socket.on("ask-me", (milliseconds, ...args) => {
    const acknowledge = args.pop();
    socket.timeout(milliseconds).emit("question", ...args, (late, ...answer) => {
      acknowledge(late ? { timeout: true } : { answer });
    });
  });
  socket.on("disconnect-me", () => socket.disconnect());
  socket.on("disconnect", () => namespace.to("watchers").emit("left", socket.id));
}

const [host, port] = values.listen.split(":");
await once(http.listen(Number(port), host), "listening");
console.log(`listening on http://${host}:${http.address().port}`);
