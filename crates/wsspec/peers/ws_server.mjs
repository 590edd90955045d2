// An echo server with the npm package ws: node ws_server.mjs PORT
import { createRequire } from 'node:module';
const { WebSocketServer } = createRequire(import.meta.url)('ws');

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: true });
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on('error', () => {});
});
