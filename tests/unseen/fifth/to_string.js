/*
 * Bug: each chunk becomes a string and bytes again, which replaces what is no UTF-8.
 * Cause: lossy-decoding
 * Also: decodes-each-read
 * Caught by: identity/invalid-utf8
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

const PORT = process.env.PORT;

net
  .createServer((socket) => {
    socket.on('data', (data) => {
      const message = data.toString();
      if (!socket.write(message)) {
        socket.pause();
        socket.once('drain', () => socket.resume());
      }
    });
    socket.on('error', (err) => console.error(err.message));
  })
  .listen(PORT, '127.0.0.1', () => console.log('listening on ' + PORT));
