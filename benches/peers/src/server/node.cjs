// An echo server as the documentation of `ws` has it.
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () => {
  console.log(`127.0.0.1:${server.address().port}`);
});
server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
setTimeout(() => process.exit(1), Number(process.argv[2]));
