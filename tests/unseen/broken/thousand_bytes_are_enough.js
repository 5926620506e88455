/*
 * Bug: of each chunk only the first 1000 bytes are sent back; the rest of a longer message is
 *     lost.
 * Cause: message-size-limit
 * Also: rest-of-read-discarded
 * Caught by: chunking/one-write-many-reads
 * Profile: concurrent
 * Port: 23006
 */
const net = require('net');

const MAX_MESSAGE = 1000;
const log = (...words) => console.log(new Date().toISOString(), ...words);

net.createServer({ allowHalfOpen: true })
  .on('connection', (socket) => {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    log(name, 'joined');
    socket.on('data', (message) => {
      if (message.length > MAX_MESSAGE) log(name, 'message truncated');
      if (!socket.write(message.subarray(0, MAX_MESSAGE))) socket.pause();
    });
    socket.on('drain', () => socket.resume());
    socket.on('end', () => socket.end());
    socket.on('error', (e) => log(name, e.message));
    socket.on('close', () => log(name, 'left'));
  })
  .listen(23006, '127.0.0.1');
