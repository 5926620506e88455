/*
 * Bug: all clients share one scratch buffer, and write() keeps a reference to it, not a copy: what
 *     still waits for one client is overwritten by the data of the next.
 * Cause: shared-buffer
 * Also: buffer-overwritten
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';
const net = require('net');

// Allocated once: the garbage collector has nothing to do.
const scratch = Buffer.allocUnsafe(1 << 17);

function onData(data) {
  const length = data.copy(scratch);
  const more = this.write(scratch.subarray(0, length));
  if (!more) this.pause();
}

function onDrain() {
  this.resume();
}

function onEnd() {
  this.end();
}

function onError() {
  this.destroy();
}

const server = net.createServer({ allowHalfOpen: true, noDelay: true });
server.on('connection', (socket) =>
  socket.on('data', onData).on('drain', onDrain).on('end', onEnd).on('error', onError)
);
server.listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 200 });
