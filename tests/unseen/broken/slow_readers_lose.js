/*
 * Bug: when a client does not read fast enough, chunks are dropped on purpose so that memory
 *     stays small; its echo has holes.
 * Cause: stalled-output-dropped
 * Caught by: partial-send/stalled-reader
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');
const LIMIT = 512 * 1024;

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  let dropped = 0;
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    if (socket.writableLength > LIMIT) {
      dropped += chunk.length; // too slow: better lose data than memory
      return;
    }
    socket.write(chunk);
  });
  socket.on('end', () => {
    if (dropped) console.warn('dropped %d bytes', dropped);
    socket.end();
  });
  socket.on('error', (err) => console.warn(err.message));
});

server.listen({ port: process.env.PORT, host: process.env.HOST || '127.0.0.1', backlog: 256 });
