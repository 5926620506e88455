/*
 * Bug: the sockets have no error listener, so a reset ends the worker process whose client it was,
 *     and the primary only writes a line about it: after three resets nobody is left to serve.
 * Cause: workers-die
 * Also: crash-on-reset, client-error-ends-server
 * Profile: concurrent
 * Port: $PORT
 */
import('node:cluster').then(({ default: cluster }) => {
  const { createServer } = require('node:net');

  if (cluster.isPrimary) {
    for (let i = 0; i < 3; i += 1) {
      cluster.fork();
    }
    cluster.on('exit', (worker, code, signal) => {
      console.error(`worker ${worker.process.pid} is gone (${signal ?? code})`);
    });
    return;
  }

  createServer({ allowHalfOpen: true }, (socket) => {
    socket.pipe(socket);
  }).listen({ port: process.env.PORT, host: '127.0.0.1' });
});
