/*
 * Bug: the result of socket.write() is ignored and nothing pauses the reading, so what a client
 *     does not take grows in memory without a limit.
 * Cause: unbounded-buffer
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');

const PORT = Number(process.env.PORT || 8124);
const HOST = '127.0.0.1';

// 'connection' listener.
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const name = `${socket.remoteAddress}:${socket.remotePort}`;
  console.log(`client connected: ${name}`);

  socket.on('data', (data) => {
    socket.write(data);
  });

  socket.on('end', () => {
    socket.end();
  });

  socket.on('error', (err) => {
    console.log(`client ${name}: ${err.code}`);
  });

  socket.on('close', () => {
    console.log(`client disconnected: ${name}`);
  });
});

server.on('error', (err) => {
  console.log(`server error: ${err.message}`);
  process.exit(1);
});

server.listen(PORT, HOST, 511, () => {
  console.log('server bound');
});
