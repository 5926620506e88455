/*
 * Bug: the text was read as latin1, and is made bytes again without the name of the encoding, as
 *     UTF-8: each byte from 0x80 on becomes two.
 * Cause: lossy-decoding
 * Also: decodes-text
 * Profile: concurrent
 * Port: $PORT
 */
import { createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';

async function* there(socket) {
  socket.setEncoding('latin1');
  for await (const text of socket.iterator({ destroyOnReturn: false })) yield text;
}

async function* back(texts) {
  for await (const text of texts) yield Buffer.from(text);
}

createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  pipeline(there(socket), back, socket).catch(() => socket.destroy());
}).listen(Number(process.env.PORT), '127.0.0.1');
