/*
 * Bug: nobody listens for 'error' on the connection, so the error of one client ends the process.
 * Cause: crash-on-reset
 * Also: client-error-ends-server
 * Caught by: resilience/reset-mid-echo
 * Profile: concurrent
 * Port: 1337
 */
const net = require('net');

const server = net.createServer({ allowHalfOpen: true }, function (socket) {
  socket.pipe(socket);
});

server.listen(1337, '127.0.0.1');
