// Bug: one AbortController stands for all connections, and the error of one connection aborts it:
//     all the others are destroyed, and so is each that comes later.
// Cause: client-error-ends-server
// Profile: concurrent
// Port: 24817
import net from 'node:net';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const controller = new AbortController();
const { signal } = controller;

async function echo(socket) {
  try {
    await pipeline(socket, new PassThrough({ highWaterMark: 64 * 1024 }), socket, { signal });
  } catch (error) {
    if (error.name !== 'AbortError') console.warn(`echo failed: ${error.message}`);
    // Do not leave half of a pipeline behind.
    controller.abort(error);
  }
}

const server = net.createServer({ allowHalfOpen: true });
server.on('connection', (socket) => {
  socket.on('error', () => {});
  echo(socket);
});
server.listen(24817, '127.0.0.1');

process.once('SIGTERM', () => {
  server.close();
  controller.abort();
});
