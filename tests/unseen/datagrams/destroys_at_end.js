/* Bug: when the client has ended its side the connection is destroyed, with what still waits to
 *     be sent
 * Cause: pending-dropped-at-end
 * Also: half-close-ends-at-once
 * Profile: concurrent
 * Transport: unix
 * Port: $SOCKET_PATH
 */
const fs = require('fs');
const net = require('net');

const path = process.env.SOCKET_PATH;
fs.rmSync(path, { force: true });

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('data', (data) => {
    if (!socket.write(data)) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  });
  socket.on('end', () => socket.destroy());
  socket.on('error', () => socket.destroy());
});
server.listen(path);
