/*
 * Style: stream.pipeline() from the socket through a Transform, which cuts what comes into pieces of
 *     777 bytes, and back; a client that is gone ends its own pipeline only.
 * Profile: concurrent
 * Port: 29107
 */
'use strict';

const net = require('node:net');
const { Transform, pipeline } = require('node:stream');

const PORT = 29107;

class Slicer extends Transform {
  _transform(chunk, encoding, done) {
    for (let at = 0; at < chunk.length; at += 777) {
      this.push(chunk.subarray(at, at + 777));
    }
    done();
  }
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  pipeline(socket, new Slicer(), socket, (error) => {
    if (error) socket.destroy();
  });
});

server.listen(PORT, '127.0.0.1');
