/*
 * Bug: two arguments of copyWithin() are exchanged (where it goes, and from where), so when the buffer
 *     has no room at its end, old bytes are sent in place of those that wait.
 * Cause: none-of-these, ring-wrap
 * Also: buffer-overwritten, stale-buffer
 * Profile: concurrent
 * Port: $PORT
 */
import net from 'node:net';

const SIZE = 256 * 1024;
const HIGH_WATER = SIZE / 2; // a read is at most 64 KiB, so it always has room

class EchoSession {
  #socket;
  #buffer = null;
  #start = 0;
  #end = 0;
  #writing = false;
  #ended = false;

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', () => socket.destroy());
  }

  #onData(chunk) {
    this.#buffer ??= Buffer.alloc(SIZE);
    if (this.#end + chunk.length > SIZE) this.#compact();
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
    if (this.#end - this.#start > HIGH_WATER) this.#socket.pause();
    this.#pump();
  }

  #onEnd() {
    this.#ended = true;
    this.#pump();
  }

  #compact() {
    this.#buffer.copyWithin(this.#start, 0, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #pump() {
    if (this.#writing) return;
    if (this.#start === this.#end) {
      if (this.#ended) this.#socket.end();
      return;
    }
    const batch = Buffer.from(this.#buffer.subarray(this.#start, this.#end));
    this.#start = this.#end;
    this.#writing = true;
    this.#socket.resume();
    this.#socket.write(batch, (error) => {
      this.#writing = false;
      if (!error) this.#pump();
    });
  }
}

net
  .createServer({ allowHalfOpen: true }, (socket) => new EchoSession(socket))
  .listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 511 });
