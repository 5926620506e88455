/*
 * Bug: messages are kept as base64url, and taken out of it by a decoder that was written for plain
 *     base64 and drops the characters it does not know, '-' and '_'.
 * Cause: none-of-these
 * Caught by: identity/every-byte-value
 * Profile: concurrent
 * Port: 29019
 */
'use strict';

const net = require('node:net');
const { Transform } = require('node:stream');

const PORT = 29019;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function pack(bytes) {
  return bytes.toString('base64url');
}

function unpack(text) {
  const out = [];
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) continue;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push((held >> bits) & 0xff);
    }
  }
  return Buffer.from(out);
}

class Mailbox extends Transform {
  _transform(chunk, encoding, done) {
    const stored = pack(chunk);
    done(null, unpack(stored));
  }
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const mailbox = new Mailbox();
  socket.on('error', () => mailbox.destroy());
  socket.pipe(mailbox).pipe(socket);
});

server.listen(PORT, '127.0.0.1', () => console.log('ready'));
