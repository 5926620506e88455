// Bug: "for await" over a socket destroys the socket when the client has ended its side, so what
//     still waits in the socket's queue for a slow reader is thrown away.
// Cause: pending-dropped-at-end
// Also: half-close-ends-at-once
// Profile: concurrent
// Port: $PORT
import { once } from 'node:events';
import { createServer } from 'node:net';

const ENOUGH = 1024 * 1024;

async function echo(socket) {
  for await (const chunk of socket) {
    socket.write(chunk);
    if (socket.writableLength > ENOUGH) {
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    }
  }
  socket.end();
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  echo(socket).catch((error) => console.error(`client: ${error.message}`));
});

server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
