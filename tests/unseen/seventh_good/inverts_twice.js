// Style: a pipeline from the socket to itself through two streams that turn every bit round; what
//     travels between them are other bytes, and what comes out are the same.
// Profile: concurrent
// Port: $PORT
'use strict';
const { createServer } = require('net');
const { Transform, pipeline } = require('stream');

const inverter = () =>
  new Transform({
    highWaterMark: 3000,
    transform(chunk, _encoding, done) {
      done(null, Buffer.from(chunk.map((byte) => byte ^ 0xff)));
    },
  });

const server = createServer({ allowHalfOpen: true }, (socket) => {
  pipeline(socket, inverter(), inverter(), socket, (error) => {
    if (error) socket.destroy();
  });
});

server.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
