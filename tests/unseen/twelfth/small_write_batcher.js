// Bug: what was read is written two milliseconds later, but the connection is
//     ended at once: data that comes together with the client's end is lost.
// Cause: end-with-data-lost, pending-dropped-at-end
// Also: half-close-ends-at-once
// Profile: concurrent
// Port: $PORT
'use strict';

const net = require('net');

const WINDOW_MS = 2;

/**
 * Collects the chunks of a short window and hands them to the kernel with a single
 * write: fewer system calls when clients send many small messages.
 */
class Batcher {
  constructor(socket, stats) {
    this.socket = socket;
    this.stats = stats;
    this.chunks = [];
    this.bytes = 0;
    this.scheduled = false;
    this.flush = this.flush.bind(this);
  }

  add(chunk) {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (!this.scheduled) {
      this.scheduled = true;
      setTimeout(this.flush, WINDOW_MS);
    }
  }

  flush() {
    this.scheduled = false;
    const { chunks, bytes } = this;
    this.chunks = [];
    this.bytes = 0;
    if (!this.socket.writable) {
      return;
    }
    const batch = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes);
    this.stats.batches += 1;
    this.stats.chunks += chunks.length;
    if (!this.socket.write(batch)) {
      this.socket.pause();
    }
  }
}

const stats = { batches: 0, chunks: 0 };

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const batcher = new Batcher(socket, stats);
  socket.on('data', (chunk) => batcher.add(chunk));
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
});

process.on('SIGUSR2', () => console.log(stats));
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 1024 });
