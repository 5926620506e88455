/*
 * Bug: the handler is an async function whose promise nobody looks at; a client's reset makes it
 *     reject, and Node ends the process at an unhandled rejection.
 * Cause: crash-on-reset
 * Also: client-error-ends-server
 * Profile: concurrent
 * Port: $PORT
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { env } from 'node:process';

async function echo(socket) {
  for await (const chunk of socket) {
    if (!socket.write(chunk)) {
      await once(socket, 'drain');
    }
  }
  socket.end();
}

const server = createServer({ allowHalfOpen: true });
server.on('connection', echo);
server.listen(Number(env.PORT), '127.0.0.1');
