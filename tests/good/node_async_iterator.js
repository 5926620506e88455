/*
 * Reads with for await and awaits the callback of each write: one chunk at a time is under way.
 *
 * Style: Node, async iterator, awaited writes
 * Profile: concurrent
 */
'use strict';

const net = require('node:net');
const { promisify } = require('node:util');

async function echo(socket) {
  const write = promisify(socket.write.bind(socket));
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      await write(chunk);
    }
    socket.end();
  } catch {
    socket.destroy();
  }
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  echo(socket);
});

/*
 * Out of descriptors, some versions of Node sweep the waiting clients away in silence, others call
 * this for each try, in a tight loop: the pause keeps that from spinning.
 */
const pause = new Int32Array(new SharedArrayBuffer(4));
server.on('error', (error) => {
  if (error.syscall !== 'accept') throw error;
  Atomics.wait(pause, 0, 0, 20);
});

server.listen({ host: '127.0.0.1', port: Number(process.env.PORT || 0), backlog: 128 });
