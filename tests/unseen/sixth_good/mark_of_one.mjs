/*
 * Style: streams whose high-water mark is one byte, with an async generator between them, and
 *     pipeline() that ends and cleans up.
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
