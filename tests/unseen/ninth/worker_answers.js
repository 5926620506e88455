/*
 * Bug: the id of a client is the number of those that are there, so when one has left a new one gets
 *     the id of another that is still connected, and the answers go to the wrong socket.
 * Cause: shared-buffer, removes-wrong-client
 * Also: state-by-descriptor
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');
const { Worker, isMainThread, parentPort } = require('worker_threads');

if (!isMainThread) {
  // the place for real work; an echo has none
  parentPort.on('message', ({ id, chunk }) => {
    parentPort.postMessage({ id, chunk });
  });
} else {
  const worker = new Worker(__filename);
  const sockets = new Map();

  worker.on('message', ({ id, chunk }) => {
    const socket = sockets.get(id);
    if (!socket || socket.destroyed) return;
    const next = () => {
      socket.busy = false;
      if (socket.finished) socket.end();
      else socket.resume();
    };
    if (socket.write(chunk)) next();
    else socket.once('drain', next);
  });

  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const id = sockets.size + 1;
    sockets.set(id, socket);
    socket.busy = false;
    socket.finished = false;

    socket.on('data', (chunk) => {
      // one request at a time, so that answers stay in order
      socket.pause();
      socket.busy = true;
      worker.postMessage({ id, chunk });
    });
    socket.on('end', () => {
      socket.finished = true;
      if (!socket.busy) socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(id));
  });

  server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 511 });
}
