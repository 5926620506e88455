// Bug: the socket is read as 'binary' strings, one character for a byte, and they are written
//     without an encoding, which means UTF-8; bytes from 128 on come back as two.
// Cause: lossy-decoding
// Profile: concurrent
// Port: $PORT
'use strict';
const net = require('net');

// A port of our old line console: everything inside it is a string.
function Console(socket) {
  this.socket = socket;
  this.received = 0;
}

Console.prototype.attach = function attach() {
  const { socket } = this;
  socket.setEncoding('binary');
  socket.on('data', (text) => this.onText(text));
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
};

Console.prototype.onText = function onText(text) {
  this.received += text.length;
  if (this.socket.write(text) === false) {
    this.socket.pause();
  }
};

net
  .createServer({ allowHalfOpen: true }, (socket) => new Console(socket).attach())
  .listen(process.env.PORT, '127.0.0.1', 512);
