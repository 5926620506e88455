/*
 * Bug: a client that has said nothing for 700 ms is sent a NUL byte, to keep the connection open
 *     through routers.
 * Cause: keepalive-bytes
 * Caught by: shutdown/idle-kept
 * Profile: concurrent
 * Port: 29021
 */
'use strict';

const net = require('net');

const PORT = 29021;
const QUIET = 700;

net
  .createServer({ allowHalfOpen: true }, (socket) => {
    const timer = setTimeout(() => {
      socket.write('\0');
      timer.refresh();
    }, QUIET);

    socket.on('data', () => timer.refresh());
    socket.on('end', () => clearTimeout(timer));
    socket.on('close', () => clearTimeout(timer));
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  })
  .listen(PORT, '127.0.0.1');
