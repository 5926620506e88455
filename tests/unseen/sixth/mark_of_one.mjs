/*
 * Bug: the socket is both the source and the sink of one pipeline; whoever reads a source to its end
 *     destroys it, and the last bytes are lost where the system has not taken them yet.
 * Cause: pending-dropped-at-end
 * Also: end-with-data-lost
 * Profile: concurrent
 * Port: $PORT
 */
import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';

async function* inPieces(source) {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += 5000) {
      yield chunk.subarray(at, at + 5000);
    }
  }
}

const server = createServer({ allowHalfOpen: true, highWaterMark: 1 }, (socket) => {
  socket.on('error', () => socket.destroy());
  pipeline(socket, inPieces, new PassThrough({ highWaterMark: 1 }), socket).catch(() => {
    socket.destroy();
  });
});

server.listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 256 });
