/*
 * Bug: a connection may live for 1.2 seconds in all, busy or not; then it is destroyed.
 * Cause: time-limit
 * Also: idle-timeout
 * Caught by: shutdown/idle-kept
 * Profile: concurrent
 * Port: $PORT
 */
const { createServer } = require('node:net');
const { pipeline } = require('node:stream/promises');

createServer({ allowHalfOpen: true }, async (socket) => {
  const signal = AbortSignal.timeout(1200);
  try {
    await pipeline(socket, socket, { signal });
  } catch (error) {
    console.log(error.name, error.message);
    socket.destroy();
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
