/*
 * Bug: what write() returns is not looked at, so what a client does not read fills the memory.
 * Cause: unbounded-buffer
 * Caught by: partial-send/bounded-memory
 * Profile: concurrent
 * Port: $PORT
 */
import { createServer } from 'node:net';

class EchoServer {
  #clients = new Set();

  start(port) {
    this.server = createServer((client) => this.#welcome(client));
    this.server.listen(port, '127.0.0.1');
  }

  #welcome(client) {
    this.#clients.add(client);
    client.on('data', (chunk) => client.write(chunk));
    client.on('error', () => client.destroy());
    client.on('close', () => this.#clients.delete(client));
  }
}

new EchoServer().start(Number(process.env.PORT));
