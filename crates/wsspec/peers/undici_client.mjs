// An echo client with undici, as Node.js has it too: node undici_client.mjs URL
import { createRequire } from 'node:module';
const { WebSocket } = createRequire(import.meta.url)('undici');

const socket = new WebSocket(process.argv[2]);
socket.binaryType = 'arraybuffer';
socket.addEventListener('message', ({ data }) => socket.send(data));
socket.addEventListener('error', () => {});
