// Bug: all connections copy what they read into one slab, which begins again at its start when it
//     is full: what still waits there for a client that reads slowly is overwritten by others.
// Cause: shared-buffer, buffer-overwritten
// Profile: concurrent
// Port: $PORT
import net from 'node:net';

const SLAB_SIZE = 256 * 1024;

/** A bump allocator: one large buffer in place of thousands of small ones for the collector. */
class Arena {
  constructor(size) {
    this.slab = Buffer.allocUnsafeSlow(size);
    this.offset = 0;
    this.laps = 0;
  }

  /** A copy of the chunk that lives in the slab. */
  intern(chunk) {
    if (this.offset + chunk.length > this.slab.length) {
      this.offset = 0;
      this.laps += 1;
    }
    const start = this.offset;
    this.offset += chunk.copy(this.slab, start);
    return this.slab.subarray(start, this.offset);
  }
}

const arena = new Arena(SLAB_SIZE);

function serve(socket) {
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    if (!socket.write(arena.intern(chunk))) {
      socket.pause();
    }
  });
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}

const server = net.createServer({ allowHalfOpen: true }, serve);
server.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
server.listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 1024 });
