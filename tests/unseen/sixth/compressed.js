/*
 * Bug: each chunk is packed and unpacked by the thread pool on its own, and is written when that is
 *     done: a small chunk overtakes a large one that came before.
 * Cause: answers-overtake
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');
const zlib = require('zlib');

const MOST = 6;

function roundTrip(chunk, done) {
  zlib.deflate(chunk, (error, packed) => {
    if (error) return done(error);
    zlib.inflate(packed, done);
  });
}

class Session {
  constructor(socket) {
    this.socket = socket;
    this.underWay = 0;
    this.ended = false;
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('end', () => {
      this.ended = true;
      this.proceed();
    });
    socket.on('drain', () => this.proceed());
    socket.on('error', () => socket.destroy());
  }

  take(chunk) {
    this.underWay += 1;
    if (this.underWay >= MOST) this.socket.pause();
    roundTrip(chunk, (error, result) => {
      this.underWay -= 1;
      if (error || this.socket.destroyed) {
        this.socket.destroy();
        return;
      }
      if (this.socket.write(result)) this.proceed();
      else this.socket.pause();
    });
  }

  proceed() {
    if (this.ended) {
      if (this.underWay === 0 && this.socket.writable) this.socket.end();
    } else if (this.underWay < MOST && !this.socket.writableNeedDrain) {
      this.socket.resume();
    }
  }
}

net
  .createServer({ allowHalfOpen: true }, (socket) => new Session(socket))
  .listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 128 });
