// Connects to the example `wasm`, with the compression of Node.js: handshake, echoes, closing.
//
//     node wasm.mjs ECHO.mjs MODULE.wasm compressed|plain
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

const [example, path, mode] = process.argv.slice(2);
const isCompressed = mode === "compressed";
setTimeout(() => assert.fail("it takes too long"), 60_000).unref();

assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(path))), []);

const server = spawn(process.execPath, [example, path, "0"], { stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => server.kill());
const [line] = await once(server.stdout, "data");
const port = /:(\d+)\s*$/.exec(line)[1];

// RFC 6455 1.3.
const key = "dGhlIHNhbXBsZSBub25jZQ==";
const headers = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": key,
  ...(isCompressed && { "Sec-WebSocket-Extensions": "permessage-deflate; server_no_context_takeover" }),
};
const [response, socket, head] = await once(request({ port, headers }).end(), "upgrade");
assert.equal(response.statusCode, 101);
assert.equal(response.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
const agreed = response.headers["sec-websocket-extensions"];
assert.equal(agreed, isCompressed ? "permessage-deflate; server_no_context_takeover" : undefined);

// Masked with zeros, so that the payload is what it is.
function frame(first, payload) {
  // RFC 6455 5.2: the length takes no more bytes than it needs.
  const [code, size] = payload.length < 126 ? [payload.length, 0] : payload.length < 65536 ? [126, 2] : [127, 8];
  const header = Buffer.alloc(2 + size + 4);
  header.set([first, 0x80 | code]);
  if (size === 2) header.writeUInt16BE(payload.length, 2);
  if (size === 8) header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}

let input = head;
async function read(length) {
  while (input.length < length) {
    const data = socket.read() ?? (await once(socket, "readable"), socket.read());
    input = Buffer.concat([input, data ?? Buffer.alloc(0)]);
  }
  const bytes = input.subarray(0, length);
  input = input.subarray(length);
  return bytes;
}
async function readFrame() {
  const [first, second] = await read(2);
  let length = second;
  if (length === 126) length = (await read(2)).readUInt16BE();
  if (length === 127) length = Number((await read(8)).readBigUInt64BE());
  return [first, await read(length)];
}

const finishFlush = constants.Z_SYNC_FLUSH;
let compressed = 0;
for (const length of [0, 5, 125, 126, 4000, 65535, 65536, 200_000]) {
  const text = "Hello, wasm! ".repeat(length / 13 + 1).slice(0, length);
  const bytes = Buffer.from(text);
  // RFC 7692 7.2.1: the end of the block is left out.
  const sent = isCompressed ? deflateRawSync(bytes, { finishFlush }).subarray(0, -4) : bytes;
  socket.write(frame(isCompressed ? 0xc1 : 0x81, sent));
  const [first, payload] = await readFrame();
  const isInflated = (first & 0x40) !== 0;
  compressed += isInflated;
  const tail = Buffer.of(0, 0, 0xff, 0xff);
  const received = isInflated ? inflateRawSync(Buffer.concat([payload, tail]), { finishFlush }) : payload;
  assert.equal(first & ~0x40, 0x81);
  assert.equal(received.toString(), text);
}
assert.ok(isCompressed ? compressed > 4 : compressed === 0, `${compressed} compressed`);

socket.write(frame(0x89, Buffer.from("?")));
assert.deepEqual(await readFrame(), [0x8a, Buffer.from("?")]);
socket.write(frame(0x88, Buffer.of(0x03, 0xe8)));
assert.deepEqual(await readFrame(), [0x88, Buffer.of(0x03, 0xe8)]);
socket.end();
socket.resume();
await once(socket, "close");
console.log(`wasm: ${mode}: handshake, echoes and closing, no imports, ${readFileSync(path).length} bytes`);
process.exit();
