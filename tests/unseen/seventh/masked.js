/*
 * Bug: what comes in is masked with a key of five bytes that goes on from chunk to chunk, and
 *     unmasked with the key beginning anew in each chunk; unless the number of bytes before it is a
 *     multiple of five, a chunk comes back as other bytes.
 * Cause: none-of-these
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';
const net = require('net');
const crypto = require('crypto');

function Masker(key) {
  this.key = key;
  this.position = 0;
}

Masker.prototype.mask = function (data) {
  const out = Buffer.allocUnsafe(data.length);
  for (let i = 0; i < data.length; i++) {
    out[i] = data[i] ^ this.key[this.position];
    this.position = (this.position + 1) % this.key.length;
  }
  return out;
};

Masker.prototype.unmask = function (data) {
  const out = Buffer.allocUnsafe(data.length);
  for (let i = 0; i < data.length; i++) {
    out[i] = data[i] ^ this.key[i % this.key.length];
  }
  return out;
};

const server = net.createServer({ allowHalfOpen: true });

server.on('connection', function (socket) {
  // no plain text of our users in a heap dump
  const masker = new Masker(crypto.randomBytes(5));
  socket.on('data', function (chunk) {
    const safe = masker.mask(chunk);
    if (!socket.write(masker.unmask(safe))) {
      socket.pause();
      socket.once('drain', function () { socket.resume(); });
    }
  });
  socket.on('end', function () { socket.end(); });
  socket.on('error', function () { socket.destroy(); });
});

server.listen(parseInt(process.env.PORT, 10), '127.0.0.1');
