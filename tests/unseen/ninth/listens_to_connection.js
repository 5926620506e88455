// Bug: the handler is given to createServer() and added for 'connection' once more, so each chunk is
//   sent back twice.
// Cause: sent-twice
// Profile: concurrent
// Port: $PORT

const net = require('net');

const PORT = Number(process.env.PORT);
const HOST = '127.0.0.1';

function handleConnection(socket) {
  socket.on('data', (data) => {
    const ok = socket.write(data);
    if (!ok) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  });

  socket.on('error', (err) => {
    console.log('Socket error: ' + err.message);
  });
}

const server = net.createServer(handleConnection);

server.on('connection', handleConnection);

server.on('error', (err) => {
  console.log('Server error: ' + err.message);
});

server.listen({ port: PORT, host: HOST, backlog: 511 }, () => {
  console.log(`Echo server listening on ${HOST}:${PORT}`);
});
