// Carries bytes between sockets and the module, which knows neither:
//
//     node echo.mjs MODULE.wasm [PORT]
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const [path, port = "9001"] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));
const engine = new WebAssembly.Instance(module).exports;
// Anew each time: the memory moves when it grows.
const bytes = (start, length) => new Uint8Array(engine.memory.buffer, start, length);
const [halfClosed, ended] = [1, 2];

const server = createServer({ allowHalfOpen: true }, (socket) => {
  const peer = engine.peer_new();
  // Times that pass, such as that of the next Ping, are noticed so often.
  const timer = setInterval(run, 100);
  let state = 0;

  function run() {
    state = engine.peer_run(peer, performance.now());
    const output = bytes(engine.peer_output(peer), engine.peer_output_len(peer));
    if (output.length && !socket.write(output.slice())) {
      // What is not read cannot be echoed, so that little waits to be written.
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
    if (state === halfClosed && !socket.writableEnded) socket.end();
    if (state === ended) socket.destroySoon();
  }

  socket.on("data", (data) => {
    while (data.length && state !== ended) {
      const room = bytes(engine.peer_room(peer), engine.peer_room_len(peer));
      const piece = data.subarray(0, room.length);
      room.set(piece);
      engine.peer_filled(peer, piece.length);
      data = data.subarray(piece.length);
      run();
    }
  });
  socket.on("end", () => (engine.peer_end_of_stream(peer), run()));
  socket.on("error", () => socket.destroy());
  socket.on("close", () => (clearInterval(timer), engine.peer_free(peer)));
});
server.listen(Number(port), "127.0.0.1", () => {
  console.log(`listening on ws://127.0.0.1:${server.address().port}`);
});
