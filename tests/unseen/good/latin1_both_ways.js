/*
 * Style: the bytes are decoded to text and encoded again, which looks as if some were changed, but
 *     with 'latin1' in both directions each byte is one character and comes back as itself.
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('node:net');

const server = net.createServer((socket) => {
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text) => {
    const line = `${text}`;
    if (!socket.write(line, 'latin1')) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
