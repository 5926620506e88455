/*
 * Bug: all that is readable is read and written on, whatever write() returns, so what a client does
 *     not take is kept in memory without a limit.
 * Cause: unbounded-buffer
 * Caught by: partial-send/bounded-memory
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const { createServer } = require('net');

class EchoConnection {
  constructor(socket) {
    this.socket = socket;
    this.bytes = 0;
    socket.on('readable', () => this.onReadable());
    socket.on('end', () => socket.end());
    socket.on('error', (error) => console.error(error.code));
  }

  onReadable() {
    let chunk;
    while ((chunk = this.socket.read()) !== null) {
      this.bytes += chunk.length;
      this.socket.write(chunk);
    }
  }
}

createServer({ allowHalfOpen: true }, (socket) => new EchoConnection(socket)).listen({
  host: '127.0.0.1',
  port: process.env.PORT,
});
