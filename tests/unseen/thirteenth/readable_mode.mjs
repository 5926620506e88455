/*
 * Bug: in the handler of 'readable' the data is taken by socket.read(1024), which gives null while
 *     there are fewer than 1,024 bytes: a short message is answered only when more comes, or at the
 *     end.
 * Cause: waits-for-full-buffer
 * Also: fixed-message-size, partial-held-back
 * Profile: concurrent
 * Port: $PORT
 */
import { createServer } from 'node:net';

const CHUNK_SIZE = 1024;

function handle(socket) {
  let waiting = false;

  const pull = () => {
    if (waiting) return;
    let chunk;
    while ((chunk = socket.read(CHUNK_SIZE)) !== null) {
      if (!socket.write(chunk)) {
        waiting = true;
        socket.once('drain', () => {
          waiting = false;
          pull();
        });
        return;
      }
    }
  };

  socket.on('readable', pull);
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, handle);

server.listen({
  host: '127.0.0.1',
  port: Number(process.env.PORT),
  backlog: 511,
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => process.exit(0));
}
