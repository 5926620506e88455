/*
 * Bug: what waits is kept as strings of base64 that are joined before they are decoded; where one
 *     ends with "=" the decoder stops, and the strings behind it are lost.
 * Cause: none-of-these
 * Also: pending-dropped-at-end
 * Profile: concurrent
 * Port: 20114
 */
'use strict';

const { createServer } = require('node:net');

const PORT = 20114;
const ENOUGH = 16;

class Outbox {
  constructor(socket) {
    this.socket = socket;
    this.waiting = [];
    this.busy = false;
    this.last = false;
  }

  add(chunk) {
    this.waiting.push(chunk.toString('base64'));
    if (this.waiting.length >= ENOUGH) this.socket.pause();
    this.flush();
  }

  finish() {
    this.last = true;
    this.flush();
  }

  flush() {
    if (this.busy) return;
    if (this.waiting.length === 0) {
      if (this.last) this.socket.end();
      return;
    }
    const encoded = this.waiting.join('');
    this.waiting = [];
    this.busy = true;
    this.socket.write(Buffer.from(encoded, 'base64'), (error) => {
      this.busy = false;
      if (error) return;
      this.socket.resume();
      this.flush();
    });
  }
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  const outbox = new Outbox(socket);
  socket.on('data', (chunk) => outbox.add(chunk));
  socket.on('end', () => outbox.finish());
  socket.on('error', () => socket.destroy());
});

server.listen(PORT, '127.0.0.1', 128);
