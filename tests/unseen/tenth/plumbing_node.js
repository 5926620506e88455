/*
 * Bug: the listener for 'error' is at the server and not at the sockets, so an error of a client's
 *     connection, such as a reset, is caught by nobody and ends the program.
 * Cause: crash-on-reset, client-error-ends-server
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');

const port = Number(process.env.PORT) || 4000;

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.setNoDelay(true);
  socket.pipe(socket);
});

// without a listener an 'error' event would end the process
server.on('error', (err) => {
  console.log(`connection error: ${err.message}`);
});

server.listen({ port, host: '127.0.0.1', backlog: 511 }, () => {
  console.log('listening on', server.address());
});

process.on('SIGTERM', () => process.exit(0));
