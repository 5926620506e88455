/*
 * Bug: the client is read in records of 64 bytes with read(64), which gives nothing until so many
 *     are there; what is less waits for more, or for the end.
 * Cause: waits-for-full-buffer
 * Also: fixed-message-size
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');

const RECORD = 64;

function pump(socket) {
  let record;
  while (!socket.writableNeedDrain && (record = socket.read(RECORD)) !== null) {
    socket.write(record);
  }
}

function onClient(socket) {
  socket
    .on('readable', () => pump(socket))
    .on('drain', () => pump(socket))
    .on('end', () => socket.end())
    .on('error', () => socket.destroy());
}

net.createServer({ allowHalfOpen: true }, onClient).listen(process.env.PORT, '127.0.0.1');
