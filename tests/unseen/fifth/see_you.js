/*
 * Bug: a client that ends its side is told goodbye.
 * Cause: farewell
 * Caught by: identity/nothing-extra
 * Profile: concurrent
 * Port: 3000
 */
const net = require('net');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  console.log('client connected');

  socket.on('data', (data) => {
    const flushed = socket.write(data);
    if (!flushed) socket.pause();
  });
  socket.on('drain', () => socket.resume());

  socket.on('end', () => {
    console.log('client disconnected');
    socket.end('Goodbye!\r\n');
  });

  socket.on('error', (err) => {
    console.log('error:', err.message);
    socket.destroy();
  });
});

server.listen(3000, '127.0.0.1', () => {
  console.log('server bound');
});
