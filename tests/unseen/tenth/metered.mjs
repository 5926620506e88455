/*
 * Bug: push() returns false when its reader is behind, and then the callback of the transform is put
 *     off until 'drain', which only comes when the callback has been called: nothing goes on.
 * Cause: never-resumes, deadlock-both-ways
 * Profile: concurrent
 * Port: $PORT
 */
import net from 'node:net';
import { Transform } from 'node:stream';

/** Lets everything through and counts it. */
class Meter extends Transform {
  constructor(options) {
    super(options);
    this.total = 0;
  }

  _transform(chunk, encoding, done) {
    this.total += chunk.length;
    if (this.push(chunk)) {
      done();
    } else {
      this.once('drain', done);
    }
  }
}

let served = 0;

function serve(socket) {
  const meter = new Meter();
  socket.on('error', () => {
    socket.destroy();
    meter.destroy();
  });
  meter.on('error', () => socket.destroy());
  socket.on('close', () => {
    served += meter.total;
    meter.destroy();
  });
  socket.pipe(meter).pipe(socket);
}

net
  .createServer({ allowHalfOpen: true }, serve)
  .listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 511 });

process.on('SIGINT', () => {
  console.log(`${served} bytes`);
  process.exit(0);
});
