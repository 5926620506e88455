/*
 * Style: 'readable' events and read(), only as long as write() takes more; 'drain' goes on with it,
 *     and the end is answered when everything was read.
 * Profile: concurrent
 * Port: $PORT
 */
import { createServer } from 'node:net';

function serve(socket) {
  let blocked = false;

  function pump() {
    let chunk;
    while (!blocked && (chunk = socket.read()) !== null) {
      blocked = !socket.write(chunk);
    }
  }

  socket.on('readable', pump);
  socket.on('drain', () => {
    blocked = false;
    pump();
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}

createServer({ allowHalfOpen: true }, serve).listen(Number(process.env.PORT), '127.0.0.1');
