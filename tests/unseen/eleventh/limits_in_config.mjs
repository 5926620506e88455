/*
 * Bug: the server is told to take at most 100 connections at once, and closes each one above that
 *     as soon as it has come
 * Cause: connection-limit
 * Profile: concurrent
 * Port: $PORT
 */
import net from 'node:net';
import process from 'node:process';

const config = Object.freeze({
  host: '127.0.0.1',
  port: Number.parseInt(process.env.PORT ?? '7000', 10),
  backlog: 1024,
  noDelay: true,
  keepAlive: true,
  maxConnections: 100,
});

class EchoServer {
  #server;
  #sockets = new Set();

  constructor(options) {
    this.options = options;
    this.#server = net.createServer(
      { allowHalfOpen: true, noDelay: options.noDelay, keepAlive: options.keepAlive },
      (socket) => this.#onConnection(socket),
    );
    this.#server.maxConnections = options.maxConnections;
  }

  listen() {
    const { host, port, backlog } = this.options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => console.log(`server: ${error.message}`));
        resolve(this.#server.address());
      });
    });
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #onConnection(socket) {
    this.#sockets.add(socket);
    socket.on('data', (chunk) => {
      if (!socket.write(chunk)) socket.pause();
    });
    socket.on('drain', () => socket.resume());
    socket.on('end', () => socket.end());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

const server = new EchoServer(config);
process.on('SIGTERM', () => server.stop());
process.on('SIGINT', () => server.stop());

const { address, port } = await server.listen();
console.log(`echo server on ${address}:${port}`);
