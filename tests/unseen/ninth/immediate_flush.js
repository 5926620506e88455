/*
 * Bug: the flag that a flush has been scheduled is never taken back, so only the first chunks are
 *     flushed, and what comes later waits for the end.
 * Cause: not-flushed
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('node:net');

const HIGH = 256 * 1024;

class Batcher {
  constructor(socket) {
    this.socket = socket;
    this.parts = [];
    this.size = 0;
    this.scheduled = false;
  }

  add(chunk) {
    this.parts.push(chunk);
    this.size += chunk.length;
    if (this.size >= HIGH) {
      this.flush();
    } else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => this.flush());
    }
  }

  flush() {
    if (this.parts.length === 0 || this.socket.destroyed) return;
    const batch = this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts, this.size);
    this.parts = [];
    this.size = 0;
    if (!this.socket.write(batch)) {
      this.socket.pause();
      this.socket.once('drain', () => this.socket.resume());
    }
  }
}

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const batcher = new Batcher(socket);
  socket.on('data', (chunk) => batcher.add(chunk));
  socket.on('end', () => {
    batcher.flush();
    socket.end();
  });
  socket.on('error', () => socket.destroy());
});

server.listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 511 });
