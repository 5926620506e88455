// Bug: a session that goes back to the free list keeps what it had not sent when its client broke
//     off, and sends it to the next client that gets the session.
// Cause: leftover-of-earlier
// Also: shared-buffer
// Profile: concurrent
// Port: $PORT
import net from 'node:net';

const MAX_FREE = 1000;
const HIGH_WATER = 16;

/** Keeps objects for later, so that there is less to collect. */
class FreeList {
  constructor(create, max) {
    this.create = create;
    this.max = max;
    this.items = [];
  }

  alloc() {
    return this.items.pop() ?? this.create();
  }

  free(item) {
    if (this.items.length < this.max) this.items.push(item);
  }
}

class Session {
  constructor() {
    this.backlog = [];
    this.socket = null;
    this.ended = false;
    this.blocked = false;
    this.onData = (chunk) => {
      this.backlog.push(chunk);
      if (this.backlog.length >= HIGH_WATER) this.socket.pause();
      this.flush();
    };
    this.onDrain = () => {
      this.blocked = false;
      this.flush();
      if (this.backlog.length < HIGH_WATER) this.socket.resume();
    };
    this.onEnd = () => {
      this.ended = true;
      this.flush();
    };
    this.onError = () => {};
    this.onClose = () => this.detach();
  }

  attach(socket) {
    this.socket = socket;
    this.ended = false;
    this.blocked = false;
    socket.on('data', this.onData);
    socket.on('drain', this.onDrain);
    socket.on('end', this.onEnd);
    socket.on('error', this.onError);
    socket.on('close', this.onClose);
  }

  detach() {
    this.socket.removeListener('data', this.onData);
    this.socket.removeListener('drain', this.onDrain);
    this.socket.removeListener('end', this.onEnd);
    this.socket.removeListener('close', this.onClose);
    this.socket = null;
    sessions.free(this);
  }

  flush() {
    while (this.backlog.length > 0 && !this.blocked) {
      this.blocked = !this.socket.write(this.backlog.shift());
    }
    if (this.ended && this.backlog.length === 0) this.socket.end();
  }
}

const sessions = new FreeList(() => new Session(), MAX_FREE);

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  sessions.alloc().attach(socket);
});

server.listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 500 });
