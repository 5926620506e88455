/*
 * Bug: chunks that wait for the socket are kept in an array and taken with pop(), the newest
 *     first.
 * Cause: queue-order
 * Caught by: partial-send/stalled-reader
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

function attach(socket) {
  const waiting = [];
  let blocked = false;

  function pump() {
    while (!blocked && waiting.length) {
      blocked = !socket.write(waiting.pop());
    }
    if (waiting.length > 32) socket.pause();
    else socket.resume();
    if (!waiting.length && socket.readableEnded) socket.end();
  }

  socket.on('data', (chunk) => {
    waiting.push(chunk);
    pump();
  });
  socket.on('drain', () => {
    blocked = false;
    pump();
  });
  socket.on('end', pump);
  socket.on('error', () => socket.destroy());
}

net.createServer({ allowHalfOpen: true }, attach).listen(process.env.PORT, '127.0.0.1');
