/*
 * Bug: a chunk of 3,000 bytes or more is first hashed for the log, which is asynchronous, and
 *     shorter ones are written at once, so a short one overtakes a long one (and long ones one
 *     another).
 * Cause: answers-overtake
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('node:net');
const { webcrypto } = require('node:crypto');

const WORTH_HASHING = 3000;
const HIGH = 256 * 1024;

async function fingerprint(chunk) {
  const digest = await webcrypto.subtle.digest('SHA-256', chunk);
  return Buffer.from(digest).toString('hex').slice(0, 16);
}

function handle(socket) {
  let hashing = 0; // bytes
  let ended = false;

  const settle = () => {
    if (ended && hashing === 0) socket.end();
    else if (hashing + socket.writableLength < HIGH) socket.resume();
  };

  socket.on('data', async (chunk) => {
    if (chunk.length >= WORTH_HASHING) {
      hashing += chunk.length;
      if (hashing + socket.writableLength >= HIGH) socket.pause();
      const print = await fingerprint(chunk);
      if (process.env.VERBOSE) console.log(print, chunk.length);
      hashing -= chunk.length;
    }
    if (socket.destroyed) return;
    if (!socket.write(chunk)) socket.pause();
    else settle();
  });
  socket.on('drain', settle);
  socket.on('end', () => {
    ended = true;
    settle();
  });
  socket.on('error', (error) => {
    console.error(error.code);
    socket.destroy();
  });
}

net.createServer({ allowHalfOpen: true }, handle).listen(+process.env.PORT, '127.0.0.1');
