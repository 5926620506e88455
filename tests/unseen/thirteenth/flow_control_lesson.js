/*
 * Bug: the handler of 'drain' that resumes the reading is registered with once(), outside of the
 *     handler of 'data'. The first time that write() returns false all goes well; the second time
 *     the socket stays paused.
 * Cause: never-resumes
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

// Lesson 7: streams and backpressure
//
// write() returns false when the internal buffer is full. We then pause the
// source, and go on with it when the buffer has been emptied ('drain').

const net = require('net');

function log(...args) {
  if (process.env.VERBOSE) console.log(new Date().toISOString(), ...args);
}

function onConnection(socket) {
  const id = `${socket.remoteAddress}:${socket.remotePort}`;
  log('+', id);
  socket.setNoDelay(true);

  socket.once('drain', () => {
    log('drain', id);
    socket.resume();
  });

  socket.on('data', (chunk) => {
    const ok = socket.write(chunk);
    if (!ok) {
      log('pause', id);
      socket.pause();
    }
  });

  socket.on('end', () => {
    log('end', id);
    socket.end();
  });

  socket.on('error', (err) => log(id, err.message));
  socket.on('close', () => log('-', id));
}

const server = net.createServer({ allowHalfOpen: true });
server.on('connection', onConnection);
server.listen(process.env.PORT, '127.0.0.1', 511, () => log('listening'));
