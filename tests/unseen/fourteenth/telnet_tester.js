/*
 * Bug: the socket's encoding is 'binary', so 'data' gives a string with one character for each
 *     byte, but write() is not told so and encodes it as UTF-8: each byte above 0x7F comes back as
 *     two bytes.
 * Cause: lossy-decoding
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

const host = '127.0.0.1';
const port = parseInt(process.env.PORT, 10) || 8888;

const stats = { connections: 0, bytes: 0 };

const server = net.createServer({ noDelay: true });

server.on('connection', function (client) {
  stats.connections++;

  // keep the raw bytes, do not interpret them as utf8
  client.setEncoding('binary');

  client.on('data', function (data) {
    stats.bytes += data.length;
    const flushed = client.write(data);
    if (!flushed) {
      client.pause();
    }
  });

  client.on('drain', function () {
    client.resume();
  });

  client.on('end', function () {
    client.end();
  });

  client.on('error', function () {
    // ECONNRESET and friends: 'close' follows
  });

  client.on('close', function () {
    stats.connections--;
  });
});

server.on('error', function (err) {
  console.error('server error:', err.message);
  process.exit(1);
});

server.listen(port, host, 511, function () {
  console.log('echo server listening on ' + host + ':' + port);
});
