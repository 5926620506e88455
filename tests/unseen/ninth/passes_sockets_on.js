/*
 * Bug: the server lacks pauseOnConnect, so the parent begins to read a connection before it has handed
 *     it over to a child, and what the client sends at once is lost.
 * Cause: first-read-lost
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const { fork } = require('node:child_process');
const net = require('node:net');

const CHILDREN = 2;

function child() {
  process.on('message', (kind, socket) => {
    if (kind !== 'connection' || !socket) return;
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  process.on('disconnect', () => process.exit(0));
}

function parent() {
  const children = Array.from({ length: CHILDREN }, () => fork(__filename, ['child']));
  let turn = 0;

  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    children[turn].send('connection', socket);
    turn = (turn + 1) % children.length;
  });
  server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 511 });

  process.on('SIGTERM', () => {
    for (const each of children) each.kill();
    process.exit(0);
  });
}

if (process.argv[2] === 'child') child();
else parent();
