/*
 * Bug: each chunk is compressed for the audit before it is sent back, and nothing keeps the chunks in
 *     line while that runs, so a small one overtakes a large one.
 * Cause: answers-overtake
 * Caught by: chunking/uneven
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('node:net');
const zlib = require('node:zlib');
const { promisify } = require('node:util');

const deflate = promisify(zlib.deflate);
const MOST = 8;
let audited = 0;

async function audit(chunk) {
  const small = await deflate(chunk);
  audited += small.length;
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  let running = 0;
  let over = false;

  socket.on('data', async (chunk) => {
    running += 1;
    if (running >= MOST) socket.pause();
    await audit(chunk);
    if (socket.destroyed) return;
    socket.write(chunk, () => {
      running -= 1;
      if (running < MOST) socket.resume();
      if (over && running === 0) socket.end();
    });
  });
  socket.on('end', () => {
    over = true;
    if (running === 0) socket.end();
  });
  socket.on('error', () => socket.destroy());
});

server.listen(Number(process.env.PORT), '127.0.0.1');
