// Bug: nobody looks at what write() returns, so all that a slow reader does not take is kept; and
//     nobody listens for 'error', so a client's reset ends the process.
// Cause: unbounded-buffer
// Cause: crash-on-reset, client-error-ends-server
// Caught by: partial-send/bounded-memory, resilience/reset-idle
// Profile: concurrent
// Port: $PORT
import net from 'node:net';

const server = net.createServer({ allowHalfOpen: true });
server.on('connection', (socket) => {
  socket.on('data', (data) => socket.write(data));
  socket.on('end', () => socket.end());
});
server.listen(Number(process.env.PORT), '127.0.0.1', 200);
