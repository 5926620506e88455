/*
 * Bug: the loop `for await (const chunk of socket)` destroys the socket when it is over, also its
 *     writing side: up to a megabyte of answers that a slow client has not taken is lost at the
 *     end.
 * Cause: pending-dropped-at-end
 * Profile: concurrent
 * Port: $PORT
 */
import net from 'node:net';
import { once } from 'node:events';

const HIGH_WATER_MARK = 1024 * 1024;

async function echo(socket) {
  for await (const chunk of socket) {
    if (!socket.write(chunk)) {
      await once(socket, 'drain', { signal: socket.closing.signal });
    }
  }
  socket.end();
}

const server = net.createServer({
  allowHalfOpen: true,
  highWaterMark: HIGH_WATER_MARK,
});

server.on('connection', async (socket) => {
  socket.closing = new AbortController();
  socket.on('close', () => socket.closing.abort());
  socket.on('error', () => {});
  try {
    await echo(socket);
  } catch (error) {
    // the client has gone
    socket.destroy();
  }
});

server.on('error', (error) => {
  console.log(error.message);
  process.exitCode = 1;
});

server.listen(Number(process.env.PORT), '127.0.0.1', 511);
