/*
 * Bug: the connection is read with `for await` in an async function whose promise nobody handles;
 *     a reset makes it reject, and Node ends the process.
 * Cause: crash-on-reset
 * Also: client-error-ends-server
 * Caught by: resilience/reset-idle
 * Profile: concurrent
 * Port: 23002
 */
'use strict';
const { createServer } = require('node:net');
const { once } = require('node:events');

async function handle(socket) {
  for await (const chunk of socket) {
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  socket.end();
}

async function main() {
  const server = createServer({ allowHalfOpen: true }).listen({ port: 23002, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    handle(socket);
  });
}

main();
