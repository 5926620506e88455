// Bug: each chunk is made text and back, which replaces what is no UTF-8; and when the client ends
//     its side the socket is destroyed, with what still waits to be written.
// Cause: lossy-decoding, decodes-each-read
// Cause: pending-dropped-at-end, half-close-ends-at-once
// Caught by: identity/invalid-utf8, shutdown/lagging-reader
// Profile: concurrent
// Port: $PORT
'use strict';
const { createServer } = require('node:net');

createServer({ allowHalfOpen: true }, (peer) => {
  peer.on('error', (e) => console.error(e.code));
  peer.on('data', (chunk) => {
    const text = chunk.toString();
    if (!peer.write(text)) {
      peer.pause();
      peer.once('drain', () => peer.resume());
    }
  });
  peer.on('end', () => peer.destroy());
}).listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 200 });
