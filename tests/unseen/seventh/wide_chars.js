/*
 * Bug: the stream is decoded as UTF-16, which takes two bytes for a character: the last byte of an
 *     odd number is kept back by the decoder until another one comes (and is lost at the end).
 * Cause: partial-held-back
 * Also: lossy-decoding, decodes-text
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');

// Same encoding as Encoding.Unicode in the C# service that this replaces.
const ENCODING = 'utf16le';

class Session {
  constructor(socket) {
    this.socket = socket;
    socket.setEncoding(ENCODING);
    socket.on('data', (text) => this.onText(text));
    socket.on('drain', () => socket.resume());
    socket.on('end', () => socket.end());
    socket.on('error', () => socket.destroy());
  }

  onText(text) {
    if (!this.socket.write(text, ENCODING)) {
      this.socket.pause();
    }
  }
}

net
  .createServer({ allowHalfOpen: true }, (socket) => new Session(socket))
  .listen(process.env.PORT, '127.0.0.1');
