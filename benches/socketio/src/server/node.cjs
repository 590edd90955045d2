const { createServer } = require("http");
const { Server } = require("socket.io");

// The event that the other servers send, which the clients compare.
const text = "The quick brown fox jumps over the lazy dog. ".repeat(3).slice(0, 112);

const server = createServer();
const io = new Server(server);
io.on("connection", (socket) => {
  socket.on("say", (text) => socket.emit("say", text));
  socket.on("join", (acknowledge) => {
    socket.join("readers");
    acknowledge();
  });
  socket.on("publish", () => io.to("readers").emit("news", text));
});
server.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));
setTimeout(() => process.exit(1), Number(process.argv[2]));
