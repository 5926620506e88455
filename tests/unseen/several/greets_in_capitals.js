/*
 * Bug: the server greets each client, and small letters come back as capital ones.
 * Cause: banner
 * Cause: case-changed
 * Caught by: identity/nothing-extra, identity/hello
 * Profile: concurrent
 * Port: 23101
 */
const net = require('net');
const { Transform } = require('stream');

const upper = () => new Transform({
  transform(chunk, _, done) {
    for (let i = 0; i < chunk.length; i++) {
      if (chunk[i] >= 0x61 && chunk[i] <= 0x7a) chunk[i] -= 0x20;
    }
    done(null, chunk);
  },
});

const server = net.createServer({ allowHalfOpen: true }, (c) => {
  c.on('error', () => c.destroy());
  c.write('HELLO FROM THE SHOUTING SERVER\r\n');
  c.pipe(upper()).pipe(c);
});
server.on('error', (err) => { throw err; });
server.listen(23101, '127.0.0.1');
