/*
 * Bug: the 'error' event is handled for the server and not for the sockets, so a client that resets
 *     its connection ends the whole process
 * Cause: crash-on-reset, client-error-ends-server
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');
const { EventEmitter } = require('events');

class TcpEcho extends EventEmitter {
  constructor() {
    super();
    this.bytes = 0;
    this.connections = 0;
    this.server = net.createServer({ allowHalfOpen: true });
    this.server.on('connection', this.onConnection.bind(this));
    this.server.on('error', this.onError.bind(this));
  }

  start(port, host) {
    this.server.listen(port, host, 1024, () => this.emit('ready', this.server.address()));
    return this;
  }

  onConnection(socket) {
    this.connections += 1;
    socket.on('data', (chunk) => this.onData(socket, chunk));
    socket.on('drain', () => socket.resume());
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.connections -= 1;
    });
  }

  onData(socket, chunk) {
    this.bytes += chunk.length;
    if (!socket.write(chunk)) {
      socket.pause();
    }
  }

  onError(error) {
    if (error.code === 'EADDRINUSE') {
      console.error('The port is in use.');
      process.exit(1);
    }
    this.emit('problem', error);
  }
}

new TcpEcho()
  .on('ready', ({ address, port }) => console.log('listening on %s:%d', address, port))
  .on('problem', (error) => console.log('problem: %s', error.message))
  .start(Number(process.env.PORT), '127.0.0.1');
