/*
 * Bug: the sockets have no listener for 'error', so a client that resets its connection ends the
 *     whole program with an unhandled 'error' event.
 * Cause: crash-on-reset
 * Also: client-error-ends-server
 * Profile: concurrent
 * Port: $PORT
 */
var net = require('net');

var server = net.createServer(function (socket) {
  var name = socket.remoteAddress + ':' + socket.remotePort;
  console.log(name + ' connected');
  socket.on('close', function () {
    console.log(name + ' closed');
  });
  socket.pipe(socket);
});

server.on('error', function (err) {
  console.log('server error', err);
});

server.listen(process.env.PORT, '127.0.0.1');
