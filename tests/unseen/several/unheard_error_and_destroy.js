/*
 * Bug: nobody listens for 'error', so a reset ends the process; and at the client's end the
 *     socket is destroyed with what is still to be written.
 * Cause: crash-on-reset, client-error-ends-server
 * Cause: half-close-ends-at-once, pending-dropped-at-end
 * Caught by: resilience/reset-idle, shutdown/lagging-reader
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

const server = net.createServer({ allowHalfOpen: true, highWaterMark: 4 * 1024 * 1024 }, (socket) => {
  socket.on('data', (data) => {
    const more = socket.write(data);
    if (!more) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('end', () => {
    console.log('client disconnected');
    socket.destroy();
  });
});

server.listen(process.env.PORT, '127.0.0.1', () => console.log('server bound'));
