/*
 * Bug: when a client ends, server.close() is called too, so nobody can connect after that.
 * Cause: listener-closed
 * Also: no-accept-loop
 * Caught by: launch/stays-up
 * Profile: concurrent
 * Port: 29020
 */
const net = require('net');

const PORT = 29020;

// The interval keeps the process alive: other parts of the program have their timers too.
setInterval(() => {}, 60000);

const server = net.createServer(function (c) {
  console.log('client connected');
  c.on('end', function () {
    console.log('client disconnected');
    server.close();
  });
  c.on('error', function (err) {
    console.log('client error', err.code);
  });
  c.pipe(c);
});

server.listen(PORT, '127.0.0.1', function () {
  console.log('server bound');
});
