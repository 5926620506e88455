/*
 * Style: two cluster workers; the socket is piped through a PassThrough with a small high-water
 *     mark
 * Profile: concurrent
 * Port: 23201
 */
const cluster = require('cluster');
const net = require('net');
const { PassThrough, pipeline } = require('stream');

function worker() {
  net.createServer({ allowHalfOpen: true }, (socket) => {
    const middle = new PassThrough({ highWaterMark: 100 });
    pipeline(socket, middle, socket, (error) => {
      if (error) console.error('pipeline failed:', error.code);
    });
  }).listen(23201, '127.0.0.1');
}

if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
  process.on('SIGTERM', () => {
    for (const each of Object.values(cluster.workers)) each.kill();
    process.exit(0);
  });
} else {
  worker();
}
