// Bug: the default codec reads the bytes as Latin-1 and writes the string as UTF-8, so each byte above
//     127 comes back as two.
// Cause: lossy-decoding
// Also: none-of-these
// Profile: concurrent
// Port: $PORT
'use strict';

const net = require('net');
const { Transform, pipeline } = require('stream');

/** How messages are turned into strings for the handlers, and back. */
const codecs = {
  binary: {
    decode: (buffer) => buffer.toString('binary'),
    encode: (text) => Buffer.from(text),
  },
  base64: {
    decode: (buffer) => buffer.toString('base64'),
    encode: (text) => Buffer.from(text, 'base64'),
  },
};

class Exchange extends Transform {
  constructor(codec, handler) {
    super();
    this.codec = codec;
    this.handler = handler;
  }

  _transform(chunk, encoding, callback) {
    let reply;
    try {
      reply = this.handler(this.codec.decode(chunk));
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, this.codec.encode(reply));
  }
}

function createService(options, handler) {
  if (typeof options === 'function') {
    handler = options;
    options = {};
  }
  const codec = codecs[options.codec || 'binary'];
  if (!codec) {
    throw new TypeError(`unknown codec: ${options.codec}`);
  }
  return net.createServer({ allowHalfOpen: true }, (socket) => {
    const exchange = new Exchange(codec, handler);
    // The error of a client that has gone concerns nobody else.
    socket.on('error', () => exchange.destroy());
    exchange.on('error', () => socket.destroy());
    exchange.on('close', () => {
      if (!socket.writableEnded) socket.destroy();
    });
    socket.pipe(exchange).pipe(socket);
  });
}

module.exports = { createService, codecs, pipeline };

if (require.main === module) {
  const service = createService((message) => message);
  service.listen(Number(process.env.PORT), '127.0.0.1', 511);
}
