/*
 * Bug: `client` is declared nowhere, so it is one global variable for all connections, and what an
 *     earlier client sends is answered to the newest one.
 * Cause: shared-buffer, shared-loop-variable
 * Profile: concurrent
 * Port: $PORT
 */
var net = require('net');

var PORT = process.env.PORT || 8124;

function onConnection(socket) {
  client = socket;

  client.on('data', function (data) {
    var flushed = client.write(data);
    if (!flushed) {
      client.pause();
      client.once('drain', function () {
        client.resume();
      });
    }
  });

  client.on('end', function () {
    client.end();
  });

  client.on('error', function (err) {
    console.log('client error: ' + err.code);
  });
}

var server = net.createServer({ allowHalfOpen: true }, onConnection);

server.listen(PORT, '127.0.0.1', 511, function () {
  console.log('echo server on port ' + PORT);
});
