/*
 * Bug: at the end of what a client sends its socket is destroyed, with what still waits to be sent.
 * Cause: pending-dropped-at-end
 * Also: half-close-ends-at-once
 * Caught by: shutdown/flushes-everything
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');

function onConnection(conn) {
  conn.on('data', function (d) {
    if (conn.write(d) === false) {
      conn.pause();
    }
  });
  conn.on('drain', function () {
    conn.resume();
  });
  conn.on('end', function () {
    conn.destroy();
  });
  conn.on('error', function (e) {
    console.log('connection error: %s', e.code);
  });
}

const server = net.createServer({ allowHalfOpen: true, highWaterMark: 4 * 1024 * 1024 });
server.on('connection', onConnection);
server.listen({ host: '127.0.0.1', port: process.env.PORT });
