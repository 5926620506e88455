// Bug: the answer is sent by socket.end(data), which closes the connection after it, so only the
//   first message is answered.
// Cause: single-read, closes-before-client
// Also: close-inside-loop
// Profile: one-shot
// Port: $PORT

// Simple echo server: takes one client and quits when it is done
const net = require('net');

const server = net.createServer();

server.on('connection', (socket) => {
  server.close();
  console.log('client connected');

  socket.on('data', (data) => {
    console.log(`received ${data.length} bytes`);
    socket.end(data);
  });

  socket.on('close', () => {
    console.log('client disconnected');
  });

  socket.on('error', (error) => {
    console.log(error.message);
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1', 100, () => {
  console.log('server is listening');
});
