/*
 * Style: a text encoding is used and there is no write(), pause() or 'drain' in sight; but latin1
 *     keeps every byte both ways, and pipeline() waits for the writer and ends after the last byte.
 * Profile: concurrent
 * Port: 25173
 */
import { createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';

async function* there(socket) {
  socket.setEncoding('latin1');
  for await (const text of socket.iterator({ destroyOnReturn: false })) yield text;
}

async function* back(texts) {
  for await (const text of texts) yield Buffer.from(text, 'latin1');
}

createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  pipeline(there(socket), back, socket).catch(() => socket.destroy());
}).listen(25173, '127.0.0.1');
