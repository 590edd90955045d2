// A client as people write it for Autobahn's fuzzing server, with the npm package ws:
// node autobahn_ws.mjs URL
import { createRequire } from 'node:module';
const { WebSocket } = createRequire(import.meta.url)('ws');

const url = process.argv[2];
const agent = 'ws';
let current = 1;
let count;

function nextCase() {
  if (current > count) {
    const socket = new WebSocket(`${url}/updateReports?agent=${agent}`);
    socket.on('close', () => process.exit());
    return;
  }
  const socket = new WebSocket(`${url}/runCase?case=${current}&agent=${agent}`);
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on('close', () => {
    current += 1;
    process.nextTick(nextCase);
  });
  socket.on('error', () => {});
}

const socket = new WebSocket(`${url}/getCaseCount`);
socket.on('message', (data) => { count = parseInt(data); });
socket.on('close', () => { if (count > 0) nextCase(); });
