/*
 * A Node socket piped into itself; allowHalfOpen lets the last bytes out after the client's end.
 *
 * Style: Node, pipe with allowHalfOpen
 * Profile: concurrent
 */
'use strict';

const net = require('node:net');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});

/*
 * Out of descriptors, some versions of Node sweep the waiting clients away in silence, others call
 * this for each try, in a tight loop: the pause keeps that from spinning.
 */
const pause = new Int32Array(new SharedArrayBuffer(4));
server.on('error', (error) => {
  if (error.syscall !== 'accept') throw error;
  Atomics.wait(pause, 0, 0, 20);
});

server.listen({ host: '127.0.0.1', port: Number(process.env.PORT || 0), backlog: 128 });
