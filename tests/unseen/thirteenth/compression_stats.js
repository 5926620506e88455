/*
 * Bug: the handler of 'data' is async and waits for gzip (in the thread pool) before it writes, and
 *     a short piece is compressed before a long one that came earlier: answers change places.
 * Cause: answers-overtake
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('node:net');
const zlib = require('node:zlib');
const { promisify } = require('node:util');

const gzip = promisify(zlib.gzip);
const LIMIT = 256 * 1024;

class RatioStats {
  constructor() {
    this.plain = 0;
    this.packed = 0;
  }

  async add(chunk) {
    const packed = await gzip(chunk);
    this.plain += chunk.length;
    this.packed += packed.length;
  }
}

const stats = new RatioStats();

function serve(socket) {
  let inFlight = 0;
  let ended = false;

  const regulate = () => {
    if (inFlight + socket.writableLength > LIMIT) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };

  socket.on('data', async (chunk) => {
    inFlight += chunk.length;
    regulate();
    await stats.add(chunk);
    inFlight -= chunk.length;
    if (socket.destroyed) return;
    socket.write(chunk);
    regulate();
    if (ended && inFlight === 0) socket.end();
  });

  socket.on('drain', regulate);
  socket.on('end', () => {
    ended = true;
    if (inFlight === 0) socket.end();
  });
  socket.on('error', () => socket.destroy());
}

const server = net.createServer({ allowHalfOpen: true }, serve);
server.listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 256 });
