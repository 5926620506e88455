/*
 * Bug: _read() calls the stored callback and sets it to null afterwards; the callback has stored
 *     the next one meanwhile, which is lost, and the stream does not go on after back pressure.
 * Cause: never-resumes
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('node:net');
const { Duplex, pipeline } = require('node:stream');

/** A stream whose readable side gives what was written to its writable side. */
class LoopbackStream extends Duplex {
  constructor(options) {
    super({ allowHalfOpen: true, writableHighWaterMark: 256 * 1024, ...options });
    this._resume = null;
  }

  _write(chunk, _encoding, callback) {
    if (this.push(chunk)) {
      callback();
    } else {
      this._resume = callback;
    }
  }

  _read() {
    if (this._resume) {
      this._resume();
      this._resume = null;
    }
  }

  _final(callback) {
    this.push(null);
    callback();
  }

  _destroy(error, callback) {
    this._resume = null;
    callback(error);
  }
}

class EchoServer {
  constructor({ host = '127.0.0.1', port, backlog = 511 }) {
    this.listenOptions = { host, port, backlog };
    this.active = new Set();
    this.server = net.createServer({ allowHalfOpen: true }, (socket) => this.onConnection(socket));
  }

  onConnection(socket) {
    socket.setNoDelay(true);
    this.active.add(socket);
    pipeline(socket, new LoopbackStream(), socket, () => {
      this.active.delete(socket);
      socket.destroy();
    });
  }

  start() {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.listenOptions, resolve);
    });
  }

  async stop() {
    this.server.close();
    for (const socket of this.active) socket.destroy();
  }
}

const app = new EchoServer({ port: Number(process.env.PORT) });
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => app.stop());
}
app.start().catch((error) => {
  console.error(`cannot listen: ${error.message}`);
  process.exitCode = 1;
});
