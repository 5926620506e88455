/*
 * Bug: every 700 milliseconds a NUL byte is sent to each client, so that a proxy does not end idle
 *     connections; the client takes it for a part of the echo.
 * Cause: keepalive-bytes
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');

const HEARTBEAT = Buffer.of(0);

class EchoService {
  constructor({ interval = 700 } = {}) {
    this.interval = interval;
    this.server = net.createServer((socket) => this.handle(socket));
  }

  handle(socket) {
    const beat = setInterval(() => {
      if (socket.writable && socket.writableLength === 0) socket.write(HEARTBEAT);
    }, this.interval);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearInterval(beat));
    socket.pipe(socket);
  }

  listen(port) {
    this.server.listen(port, '127.0.0.1');
    return this;
  }
}

new EchoService().listen(parseInt(process.env.PORT, 10));
