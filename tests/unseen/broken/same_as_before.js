/*
 * Bug: a chunk that equals the one before is taken for a retransmission and not answered.
 * Cause: repetitions-dropped
 * Caught by: chunking/byte-by-byte
 * Profile: concurrent
 * Port: 23005
 */
const net = require('net');
const { Transform, pipeline } = require('stream');

class Distinct extends Transform {
  last = null;

  _transform(chunk, _encoding, done) {
    const repeated = this.last !== null && this.last.equals(chunk);
    this.last = chunk;
    if (repeated) done();
    else done(null, chunk);
  }
}

net
  .createServer({ allowHalfOpen: true }, (socket) => {
    pipeline(socket, new Distinct(), socket, (error) => {
      if (error) console.error(error.code);
    });
  })
  .listen(23005, '127.0.0.1');
