/*
 * Bug: the listener for 'drain' is registered with once(), so a client that was too slow for the
 *     second time is never read from again.
 * Cause: never-resumes
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('data', (chunk) => {
    if (!socket.write(chunk)) {
      socket.pause();
    }
  });
  socket.once('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', (err) => {
    console.error(`client error: ${err.message}`);
    socket.destroy();
  });
});

server.on('error', (err) => {
  console.error(err);
  process.exit(1);
});

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log('listening on', server.address());
});
