// Bug: the outbox waits for 'drain' before it writes more, but nobody tells the reading side; it
//     goes on, and all that a slow client has not taken is kept in memory without a limit.
// Cause: unbounded-buffer
// Profile: concurrent
// Port: $PORT
import { createServer } from 'node:net';

class Outbox {
  #socket;
  #waiting = [];
  #blocked = false;
  #ending = false;

  constructor(socket) {
    this.#socket = socket;
    socket.on('drain', () => {
      this.#blocked = false;
      this.#flush();
    });
  }

  push(chunk) {
    this.#waiting.push(chunk);
    this.#flush();
  }

  end() {
    this.#ending = true;
    this.#flush();
  }

  clear() {
    this.#waiting = [];
  }

  #flush() {
    let sent = 0;
    while (!this.#blocked && sent < this.#waiting.length) {
      this.#blocked = !this.#socket.write(this.#waiting[sent]);
      sent += 1;
    }
    if (sent > 0) this.#waiting.splice(0, sent);
    if (this.#ending && this.#waiting.length === 0) this.#socket.end();
  }
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  const outbox = new Outbox(socket);
  socket.on('data', (chunk) => outbox.push(chunk));
  socket.on('end', () => outbox.end());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => outbox.clear());
});

server.listen({ port: process.env.PORT, host: '127.0.0.1', backlog: 1024 });
