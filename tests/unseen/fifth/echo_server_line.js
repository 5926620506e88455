/*
 * Bug: 'Echo server' is sent to each client before its own data.
 * Cause: banner
 * Caught by: identity/nothing-extra
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

const server = net.createServer(function (socket) {
  socket.on('error', () => {});
  socket.write('Echo server\r\n');
  socket.pipe(socket);
});

server.listen(+process.env.PORT, '127.0.0.1');
