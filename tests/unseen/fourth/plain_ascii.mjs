/*
 * Bug: the chunks are made into strings with the encoding 'ascii', which takes off the highest bit of
 *     each byte.
 * Cause: seven-bit
 * Also: lossy-decoding
 * Caught by: identity/every-byte-value
 * Profile: concurrent
 * Port: $PORT
 */
import { createServer } from 'node:net';
import { once } from 'node:events';

async function converse(socket) {
  try {
    for await (const chunk of socket) {
      const text = chunk.toString('ascii');
      if (!socket.write(Buffer.from(text, 'latin1'))) await once(socket, 'drain');
    }
    socket.end();
  } catch {
    socket.destroy();
  }
}

const server = createServer({ allowHalfOpen: true });
server.on('connection', (socket) => {
  socket.on('error', () => {});
  converse(socket);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
