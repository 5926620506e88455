// Bug: the answers are made asynchronously, and the sockets are not half-open; when the client
//     ends its side Node ends the other one by itself, and answers that come then are a write
//     after the end.
// Cause: half-close-ends-at-once, end-with-data-lost
// Also: pending-dropped-at-end
// Profile: concurrent
// Port: $PORT
'use strict';

const net = require('net');

const MAX_QUEUED = 16;

/** What a request goes through before it is answered. */
const middleware = [
  async (ctx) => { ctx.receivedAt = Date.now(); },
  async () => { await new Promise(setImmediate); },
  async (ctx) => { ctx.answer = ctx.request; },
];

class Session {
  constructor(socket) {
    this.socket = socket;
    this.queue = [];
    this.busy = false;
    socket.on('data', (chunk) => this.enqueue(chunk));
    socket.on('error', () => socket.destroy());
  }

  enqueue(request) {
    this.queue.push({ request });
    if (this.queue.length >= MAX_QUEUED) this.socket.pause();
    if (!this.busy) this.work();
  }

  async work() {
    this.busy = true;
    try {
      while (this.queue.length > 0 && !this.socket.destroyed) {
        const ctx = this.queue.shift();
        for (const step of middleware) await step(ctx);
        if (!this.socket.write(ctx.answer)) {
          await this.drained();
        }
        if (this.queue.length < MAX_QUEUED / 2) this.socket.resume();
      }
    } catch {
      this.socket.destroy();
    } finally {
      this.busy = false;
    }
  }

  drained() {
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }
}

const server = net.createServer((socket) => new Session(socket));
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 1024 });
