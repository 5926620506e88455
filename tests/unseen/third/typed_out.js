/*
 * Bug: the Buffer is sent as JSON.stringify() shows it, {"type":"Buffer","data":[...]}, and not as
 *     its bytes.
 * Cause: representation-sent
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

const server = net.createServer();

server.on('connection', function (client) {
  console.log('client connected');

  client.on('data', function (data) {
    const message = JSON.stringify(data);
    const room = client.write(message);
    if (!room) {
      client.pause();
    }
  });

  client.on('drain', function () {
    client.resume();
  });

  client.on('error', function (e) {
    console.log('client failed', e.code);
  });

  client.on('close', function () {
    console.log('client disconnected');
  });
});

server.listen({ host: '127.0.0.1', port: process.env.PORT }, function () {
  console.log('listening');
});
