/*
 * Bug: the socket's encoding is 'ascii', and that takes the highest bit off every byte.
 * Cause: seven-bit
 * Also: lossy-decoding
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');

const options = {
  host: process.env.HOST || '127.0.0.1',
  port: parseInt(process.env.PORT, 10),
  backlog: 200,
};

let connections = 0;

const server = net.createServer({ allowHalfOpen: true });

server.on('connection', function (conn) {
  connections += 1;
  conn.setEncoding('ascii');

  conn.on('data', function (d) {
    if (!conn.write(d, 'ascii')) {
      conn.pause();
      conn.once('drain', function () {
        conn.resume();
      });
    }
  });

  conn.once('end', function () {
    conn.end();
  });

  conn.once('close', function () {
    connections -= 1;
  });

  conn.on('error', function (err) {
    console.log('Connection error: %s', err.message);
  });
});

server.listen(options, function () {
  console.log('server listening to %j', server.address());
});

process.on('SIGTERM', function () {
  console.log('bye (%d connections)', connections);
  process.exit(0);
});
