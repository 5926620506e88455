// Bug: nobody listens to the errors of a connection: a client that breaks off ends the worker that
//     serves it, with all its other clients. The supervisor only starts a new one.
// Cause: client-error-ends-server, crash-on-reset
// Also: workers-die
// Profile: concurrent
// Port: $PORT
'use strict';

const cluster = require('node:cluster');
const net = require('node:net');

const WORKERS = 2;
const HOST = '127.0.0.1';
const PORT = Number(process.env.PORT);

function log(level, message, extra = {}) {
  const entry = { time: new Date().toISOString(), level, pid: process.pid, message, ...extra };
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}

function supervise() {
  let stopping = false;

  cluster.on('exit', (worker, code, signal) => {
    if (stopping) {
      if (Object.keys(cluster.workers).length === 0) process.exit(0);
      return;
    }
    log('warn', 'worker exited, starting another', { worker: worker.id, code, signal });
    cluster.fork();
  });

  const stop = () => {
    stopping = true;
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
    setTimeout(() => process.exit(0), 1000).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  for (let i = 0; i < WORKERS; i += 1) cluster.fork();
}

function work() {
  const metrics = { open: 0, total: 0, bytes: 0 };

  const server = net.createServer({ allowHalfOpen: true, keepAlive: true }, (socket) => {
    metrics.open += 1;
    metrics.total += 1;
    socket.on('data', (chunk) => {
      metrics.bytes += chunk.length;
      if (!socket.write(chunk)) {
        socket.pause();
        socket.once('drain', () => socket.resume());
      }
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      metrics.open -= 1;
    });
  });

  server.on('error', (error) => {
    log('fatal', error.message);
    process.exit(1);
  });

  // Nobody knows in which state we are now: a fresh worker is safer.
  process.on('uncaughtException', (error) => {
    log('error', 'uncaught', { error: error.message, code: error.code });
    process.exit(1);
  });
  process.on('SIGTERM', () => {
    server.close();
    log('info', 'stopped', metrics);
    process.exit(0);
  });

  server.listen({ host: HOST, port: PORT, backlog: 1024 });
}

if (cluster.isPrimary) {
  supervise();
} else {
  work();
}
