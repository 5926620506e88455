// Bug: a "ping" is sent to whoever is silent for 300 ms; and a message "exit" ends the connection.
// Cause: keepalive-bytes
// Cause: magic-word
// Caught by: shutdown/idle-kept, identity/looks-like-a-command
// Profile: concurrent
// Port: $PORT
const net = require('net');

function serve(socket) {
  let timer = setInterval(() => socket.write('ping\n'), 300);
  socket.on('data', (data) => {
    if (data.toString('latin1').trim() === 'exit') {
      socket.end();
      return;
    }
    timer.refresh();
    if (!socket.write(data)) {
      socket.pause();
      clearInterval(timer);
      socket.once('drain', () => {
        timer = setInterval(() => socket.write('ping\n'), 300);
        socket.resume();
      });
    }
  });
  socket.on('end', () => socket.end());
  socket.on('close', () => clearInterval(timer));
  socket.on('error', () => clearInterval(timer));
}

net.createServer({ allowHalfOpen: true }, serve).listen(process.env.PORT, '127.0.0.1');
