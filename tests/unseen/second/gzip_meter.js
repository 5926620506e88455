/*
 * Bug: each chunk is written when its own compression (for the statistics) is done, and these run
 *     side by side, so a small chunk overtakes a big one that came before it.
 * Cause: answers-overtake
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');
const { promisify } = require('util');
const gzip = promisify(require('zlib').gzip);

const LIMIT = 300000; // bytes of one client that may be under way
const totals = { plain: 0, packed: 0 };

class Session {
  constructor(socket) {
    this.socket = socket;
    this.pending = 0;
    this.full = false;
    this.ended = false;
    socket.on('data', (chunk) => this.onData(chunk));
    socket.on('drain', () => {
      this.full = false;
      this.update();
    });
    socket.on('end', () => {
      this.ended = true;
      this.update();
    });
    socket.on('error', () => socket.destroy());
  }

  async onData(chunk) {
    this.pending += chunk.length;
    this.update();
    await this.measure(chunk);
    this.pending -= chunk.length;
    if (this.socket.destroyed) return;
    if (!this.socket.write(chunk)) this.full = true;
    this.update();
  }

  async measure(chunk) {
    const packed = await gzip(chunk);
    totals.plain += chunk.length;
    totals.packed += packed.length;
  }

  update() {
    if (this.ended) {
      if (this.pending === 0) this.socket.end();
    } else if (this.full || this.pending > LIMIT) {
      this.socket.pause();
    } else {
      this.socket.resume();
    }
  }
}

net
  .createServer({ allowHalfOpen: true }, (socket) => new Session(socket))
  .listen(Number(process.env.PORT), '127.0.0.1');
