/*
 * Bug: what write() returns is not looked at; a client that sends and never reads fills the
 *     memory of the server.
 * Cause: unbounded-buffer
 * Caught by: partial-send/bounded-memory
 * Profile: concurrent
 * Port: 23004
 */
const { Server } = require('net');

const server = new Server({ allowHalfOpen: true });
server.on('connection', (socket) => {
  socket.on('readable', () => {
    let chunk;
    while ((chunk = socket.read()) !== null) socket.write(chunk);
  });
  socket.once('end', () => socket.end());
  socket.on('error', () => {});
});
server.listen(23004, 'localhost', 128);
