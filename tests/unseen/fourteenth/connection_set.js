/*
 * Bug: the server is made with allowHalfOpen, so Node leaves it to the program to end its side;
 *     the 'end' listener only takes the connection off the set, and nobody calls end().
 * Cause: never-closes
 * Also: descriptor-leak
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';
const { createServer } = require('node:net');
const { EventEmitter } = require('node:events');

class EchoServer extends EventEmitter {
  #connections = new Set();
  #server;

  constructor() {
    super();
    this.#server = createServer(
      { allowHalfOpen: true, keepAlive: true, noDelay: true },
      (socket) => this.#handle(socket),
    );
    this.#server.on('listening', () => this.emit('ready', this.#server.address()));
    this.#server.on('error', (error) => this.emit('error', error));
  }

  get size() {
    return this.#connections.size;
  }

  listen(port) {
    this.#server.listen({ port, host: '127.0.0.1', backlog: 1000 });
    return this;
  }

  stop(done) {
    this.#server.close(done);
    for (const socket of this.#connections) {
      socket.destroySoon();
    }
  }

  #handle(socket) {
    this.#connections.add(socket);
    this.emit('connected', socket.remotePort);

    socket.on('data', (data) => {
      if (socket.write(data) === false) {
        socket.pause();
      }
    });
    socket.on('drain', () => socket.resume());
    socket.on('end', () => this.#forget(socket));
    socket.on('error', () => {
      this.#forget(socket);
      socket.destroy();
    });
    socket.on('close', () => this.#forget(socket));
  }

  #forget(socket) {
    if (this.#connections.delete(socket)) {
      this.emit('disconnected', this.size);
    }
  }
}

const echo = new EchoServer();
echo.on('ready', ({ port }) => console.log(`listening on ${port}`));
echo.on('error', (error) => {
  console.error(error);
  process.exit(1);
});
process.on('SIGTERM', () => {
  echo.stop();
  setTimeout(() => process.exit(0), 200).unref();
});
echo.listen(Number(process.env.PORT ?? 9000));
