// An echo client with the npm package ws: node ws_client.mjs URL
import { createRequire } from 'node:module';
const { WebSocket } = createRequire(import.meta.url)('ws');

const socket = new WebSocket(process.argv[2]);
socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
socket.on('error', () => {});
