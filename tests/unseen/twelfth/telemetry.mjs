// Bug: the journal keeps the first bytes of each chunk as a view, and a view keeps the whole chunk:
//     memory grows by all that is sent, up to 100,000 chunks.
// Cause: memory-leak
// Profile: concurrent
// Port: $PORT
import net from 'node:net';
import process from 'node:process';

const config = {
  host: process.env.HOST ?? '127.0.0.1',
  port: Number(process.env.PORT),
  journalSize: 100_000,
  previewBytes: 16,
};

/** The latest events, for the support team: `kill -USR2` prints them. */
class Journal {
  #events = [];
  #next = 0;
  #limit;

  constructor(limit) {
    this.#limit = limit;
  }

  record(event) {
    this.#events[this.#next % this.#limit] = event;
    this.#next += 1;
  }

  *lines(count) {
    const last = this.#events.slice(-count);
    for (const { at, id, kind, size, preview } of last) {
      yield JSON.stringify({ at, id, kind, size, preview: preview?.toString('hex') });
    }
  }
}

class Gateway {
  constructor(options) {
    this.options = options;
    this.journal = new Journal(options.journalSize);
    this.sockets = new Map();
    this.serial = 0;
    this.server = net.createServer({ allowHalfOpen: true }, (socket) => this.attach(socket));
  }

  log(id, kind, chunk) {
    this.journal.record({
      at: Date.now(),
      id,
      kind,
      size: chunk?.length,
      preview: chunk?.subarray(0, this.options.previewBytes),
    });
  }

  attach(socket) {
    const id = ++this.serial;
    this.sockets.set(id, socket);
    this.log(id, 'open');
    socket.on('data', (chunk) => {
      this.log(id, 'data', chunk);
      if (!socket.write(chunk)) socket.pause();
    });
    socket.on('drain', () => socket.resume());
    socket.on('end', () => socket.end());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.log(id, 'close');
      this.sockets.delete(id);
    });
  }

  start() {
    const { host, port } = this.options;
    this.server.listen({ host, port, backlog: 1024 });
  }

  stop() {
    this.server.close(() => process.exit(0));
    for (const socket of this.sockets.values()) socket.destroy();
  }
}

const gateway = new Gateway(config);
process.on('SIGTERM', () => gateway.stop());
process.on('SIGUSR2', () => {
  for (const line of gateway.journal.lines(50)) console.log(line);
});
gateway.start();
