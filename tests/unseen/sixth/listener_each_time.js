/*
 * Bug: each connection adds a listener for SIGTERM that is never taken off, and keeps its socket
 *     with it; and since somebody listens, SIGTERM does not end the process while a client is
 *     there.
 * Cause: sigterm-ignored
 * Cause: memory-leak
 * Profile: concurrent
 * Port: 20116
 */
'use strict';

const net = require('net');

process.setMaxListeners(0);

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const history = [];

  process.on('SIGTERM', () => {
    history.push('stopped');
    server.close();
    socket.end();
  });
  socket.on('error', (error) => {
    history.push(error.code);
    socket.destroy();
  });
  socket.pipe(socket);
});

server.listen(20116, '127.0.0.1');
