// Bug: the signal that is given to each pipeline fires four seconds after the connection began,
//     also if the client is busy, and ends the connection.
// Cause: time-limit
// Profile: concurrent
// Port: $PORT
import { createServer } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const HOST = '127.0.0.1';
const PORT = Number(process.env.PORT);
const SESSION_TIMEOUT_MS = 4_000;

/** Passes data through unchanged and keeps statistics. */
class Meter extends Transform {
  #totals;

  constructor(totals) {
    super({ highWaterMark: 64 * 1024 });
    this.#totals = totals;
  }

  _transform(chunk, _encoding, callback) {
    this.#totals.bytes += chunk.length;
    this.#totals.chunks += 1;
    callback(null, chunk);
  }
}

const totals = { connections: 0, bytes: 0, chunks: 0, failed: 0 };

/**
 * Echo until the client ends its side. Errors of one client
 * never affect any other client.
 */
async function handleConnection(socket) {
  totals.connections += 1;
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  try {
    await pipeline(socket, new Meter(totals), socket, {
      signal: AbortSignal.timeout(SESSION_TIMEOUT_MS),
    });
  } catch (error) {
    totals.failed += 1;
    if (!socket.destroyed) {
      socket.destroy();
    }
  }
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  handleConnection(socket);
});

server.on('error', (error) => {
  console.error('server error:', error.message);
  process.exit(1);
});

function shutdown() {
  server.close();
  console.log(JSON.stringify(totals));
  process.exit(0);
}

process.on('SIGTERM', shutdown);
process.on('SIGINT', shutdown);

server.listen({ host: HOST, port: PORT, backlog: 1024 }, () => {
  console.log(`Echo server listening on ${HOST}:${PORT}`);
});
