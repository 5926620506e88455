// Bug: the promise of the 'drain' event is not awaited, so the loop goes on reading while the client
//   takes nothing, and keeps all of it in memory.
// Cause: unbounded-buffer
// Profile: concurrent
// Port: $PORT
import { createServer } from 'node:net';

/** Resolves when the socket has room again, or has gone. */
function drained(socket) {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

async function echo(socket) {
  socket.setMaxListeners(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    if (!socket.write(chunk)) {
      drained(socket);
    }
  }
  socket.end();
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  echo(socket).catch(() => socket.destroy());
});

server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 511 });
