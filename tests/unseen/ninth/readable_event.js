// Bug: read(1024) gives null while there are fewer than 1,024 bytes, so the server answers only when
//   so many have come, or at the end.
// Cause: waits-for-full-buffer
// Profile: concurrent
// Port: $PORT

const net = require('net');

const server = net.createServer({ allowHalfOpen: true }, function (socket) {
  let waiting = false;

  function readAll() {
    let chunk;
    while (!waiting && (chunk = socket.read(1024)) !== null) {
      if (!socket.write(chunk)) {
        waiting = true;
        socket.once('drain', function () {
          waiting = false;
          readAll();
        });
      }
    }
  }

  socket.on('readable', readAll);

  socket.on('end', function () {
    socket.end();
  });

  socket.on('error', function (err) {
    console.log('client error', err.code);
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1', 511, function () {
  console.log('listening');
});
