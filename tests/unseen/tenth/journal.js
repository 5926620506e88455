/*
 * Bug: the listener of 'data' is an async function that waits before it writes, and 'end' does not
 *     wait for it: the connection is ended before the last answers are written, and they are lost.
 * Cause: pending-dropped-at-end, end-with-data-lost, answers-overtake
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');
const { webcrypto } = require('crypto');

const HOST = '127.0.0.1';
const PORT = parseInt(process.env.PORT || '4001', 10);
const KEEP = 100;

class Journal {
  constructor() {
    this.entries = [];
  }

  async record(peer, chunk) {
    const digest = await webcrypto.subtle.digest('SHA-256', chunk);
    this.entries.push({ peer, length: chunk.length, digest: Buffer.from(digest).toString('hex') });
    if (this.entries.length > KEEP) this.entries.shift();
  }
}

const journal = new Journal();

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const peer = `${socket.remoteAddress}:${socket.remotePort}`;

  socket.on('data', async (chunk) => {
    await journal.record(peer, chunk);
    if (!socket.write(chunk)) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
});

server.listen({ host: HOST, port: PORT, backlog: 511 });
