/*
 * Bug: each answer begins with "You said: ", the data goes through a string, which replaces what
 *     is no UTF-8, and no 'error' listener is there when a client resets its connection.
 * Cause: prefix-or-suffix
 * Cause: decodes-each-read, lossy-decoding
 * Cause: crash-on-reset, client-error-ends-server
 * Caught by: identity/hello, identity/invalid-utf8, resilience/reset-idle
 * Profile: concurrent
 * Port: 23102
 */
const net = require('net');

const server = net.createServer({ allowHalfOpen: true });

server.on('connection', (socket) => {
  socket.on('data', (data) => {
    if (!socket.write(`You said: ${data}`)) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
});

server.listen(23102, '127.0.0.1');
