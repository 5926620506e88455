/*
 * Bug: cork() is called for each piece, and the one deferred uncork() takes back only one of
 *     these calls: once two pieces have come in one turn of the event loop the socket stays corked
 *     and answers wait in Node's buffer until the client ends.
 * Cause: not-flushed
 * Also: never-resumes
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

// Many small packets are answered with few system calls: everything that
// arrives in one turn of the event loop goes out in one writev().

const net = require('net');

const HIGH_WATER = 4 * 1024 * 1024;

function attach(socket) {
  let scheduled = false;

  function flush() {
    scheduled = false;
    socket.uncork();
  }

  function send(data) {
    socket.cork();
    socket.write(data);
    if (!scheduled) {
      scheduled = true;
      setImmediate(flush);
    }
  }

  socket.on('data', (data) => {
    send(data);
    if (socket.writableLength >= HIGH_WATER) {
      socket.pause();
    }
  });

  socket.on('drain', () => {
    if (socket.isPaused()) {
      socket.resume();
    }
  });

  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}

const server = net.createServer({ allowHalfOpen: true }, attach);

server.listen(Number(process.env.PORT), '127.0.0.1', 1024);
