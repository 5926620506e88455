/*
 * Bug: each of four cluster workers ends when its client has left, and the primary starts no new
 *     ones: after four clients nobody is served.
 * Cause: connections-used-up
 * Also: workers-die
 * Caught by: chunking/exact-read-then-end
 * Profile: concurrent
 * Port: $PORT
 */
const cluster = require('cluster');
const net = require('net');

if (cluster.isPrimary) {
  for (let i = 0; i < 4; i++) cluster.fork();
  cluster.on('exit', (worker) => console.log(`worker ${worker.process.pid} has ended`));
  process.on('SIGTERM', () => process.exit(0));
} else {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.pipe(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      // leave nothing behind
      cluster.worker.disconnect();
    });
  });
  server.listen(process.env.PORT, '127.0.0.1');
}
