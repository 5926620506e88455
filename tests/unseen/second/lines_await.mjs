/*
 * Bug: readline hands out whole lines without their ends, so nothing is answered before a newline
 *     has come, and every line goes back with "\n", whatever its end was.
 * Cause: waits-for-newline
 * Also: newline-translated, prefix-or-suffix, lossy-decoding
 * Profile: concurrent
 * Port: $PORT
 */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { once } from 'node:events';

async function echo(socket) {
  const gone = once(socket, 'close').catch(() => {});
  const lines = createInterface({ input: socket, crlfDelay: Infinity });
  for await (const line of lines) {
    if (socket.destroyed) return;
    if (!socket.write(line + '\n')) {
      await Promise.race([once(socket, 'drain'), gone]);
    }
  }
  socket.end();
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  echo(socket).catch(() => socket.destroy());
});

server.listen(parseInt(process.env.PORT, 10), '127.0.0.1');
