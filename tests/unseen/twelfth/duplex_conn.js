// Bug: when its buffer is full the wrapper pauses itself, not the socket that feeds it; so the socket
//     is never paused, and all that a client sends while it does not read is kept in memory.
// Cause: unbounded-buffer
// Also: never-resumes
// Profile: concurrent
// Port: $PORT
'use strict';

const net = require('net');
const { Duplex } = require('stream');

/**
 * A connection as a stream of its own, so that TCP, pipes and tests look alike to the application.
 */
class Conn extends Duplex {
  constructor(socket, options = {}) {
    super({ ...options, allowHalfOpen: true });
    this.rawSocket = socket;
    socket.on('data', (data) => this._ondata(data));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  _ondata(data) {
    if (!this.push(data)) this.pause();
  }

  _read() {
    this.rawSocket.resume();
  }

  _write(chunk, encoding, callback) {
    this.rawSocket.write(chunk, callback);
  }

  _final(callback) {
    this.rawSocket.end(callback);
  }

  _destroy(error, callback) {
    this.rawSocket.destroy();
    callback(error);
  }
}

function listen(port, onconnection) {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const conn = new Conn(socket);
    conn.on('error', () => {});
    onconnection(conn);
  });
  server.listen({ host: '127.0.0.1', port, backlog: 511 });
  return server;
}

listen(Number(process.env.PORT), (conn) => {
  conn.pipe(conn);
});
