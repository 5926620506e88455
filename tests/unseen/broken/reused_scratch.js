/*
 * Bug: chunks are copied into one buffer before they are written, and the buffer is used again
 *     before write() has taken its content; a client that reads slowly finds newer bytes in older
 *     places.
 * Cause: buffer-overwritten
 * Also: shared-buffer
 * Caught by: partial-send/stalled-reader
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

net.createServer({ allowHalfOpen: true }, (socket) => {
  const scratch = Buffer.alloc(256 * 1024);

  socket.on('data', (chunk) => {
    chunk.copy(scratch);
    if (!socket.write(scratch.subarray(0, chunk.length)) && socket.writableLength > 1 << 20) {
      socket.pause();
    }
  });
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', () => {});
}).listen(process.env.PORT, '127.0.0.1');
