/*
 * Bug: the socket is corked so that small writes go out together, and uncorked when 8 KiB have
 *     gathered; a short answer stays where it is until then, or until the client ends.
 * Cause: not-flushed
 * Also: waits-for-full-buffer
 * Profile: concurrent
 * Port: 20115
 */
'use strict';

const net = require('node:net');

const BATCH = 8 * 1024;

function batched(socket) {
  return (chunk) => {
    if (socket.writableCorked === 0) socket.cork();
    socket.write(chunk);
    if (socket.writableLength >= BATCH) {
      socket.uncork();
      if (socket.writableNeedDrain) socket.pause();
    }
  };
}

const server = net.createServer({ allowHalfOpen: true });

server.on('connection', (socket) => {
  socket.setNoDelay(true);
  socket.on('data', batched(socket));
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', (error) => {
    console.error(error.code);
    socket.destroy();
  });
});

server.listen(20115, '127.0.0.1', () => console.log('ready'));
