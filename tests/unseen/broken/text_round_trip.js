/*
 * Bug: every chunk is made a string and back; a character of several bytes that is cut between
 *     two chunks, and any byte that is no UTF-8, comes back as U+FFFD.
 * Cause: decodes-each-read
 * Also: lossy-decoding
 * Caught by: identity/split-utf8
 * Profile: concurrent
 * Port: 23008
 */
var net = require('net');

var server = net.createServer({ allowHalfOpen: true });

server.on('connection', function (socket) {
  socket.on('data', function (data) {
    var message = String(data);
    console.log('received %d characters', message.length);
    if (!socket.write(message)) {
      socket.pause();
    }
  });
  socket.on('drain', function () { socket.resume(); });
  socket.on('end', function () { socket.end(); });
  socket.on('error', function (error) { console.log(error.code); });
});

server.listen(23008, '127.0.0.1');
