/*
 * Bug: with allowHalfOpen the server must end its side itself, and the 'end' listener only writes
 *     to the log, so a client that has ended its side waits for ever.
 * Cause: never-closes
 * Also: descriptor-leak
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('node:net');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const name = `${socket.remoteAddress}:${socket.remotePort}`;

  socket.on('data', (chunk) => {
    if (!socket.write(chunk)) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  });
  socket.on('end', () => {
    console.log(`${name} has said everything`);
  });
  socket.on('error', (error) => {
    console.log(`${name}: ${error.message}`);
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
