// Bug: there is a listener for 'error' on the server, but none on its sockets; the reset of a
//     client is an error event that nobody handles, and the process ends.
// Cause: crash-on-reset, client-error-ends-server
// Profile: concurrent
// Port: $PORT
const net = require('net');

const stats = { open: 0, served: 0, bytes: 0 };

const server = net.createServer({ allowHalfOpen: true });

server.on('connection', (socket) => {
  stats.open += 1;
  socket.setNoDelay(true);
  socket.on('close', () => {
    stats.open -= 1;
    stats.served += 1;
    stats.bytes += socket.bytesRead;
  });
  socket.pipe(socket);
});

server.on('error', (error) => {
  console.error(`echo server: ${error.message}`);
  process.exitCode = 1;
});

process.on('SIGTERM', () => process.exit(0));

server.listen(+process.env.PORT, '127.0.0.1', 1024);
