/*
 * Bug: when the client ends its side the socket is destroyed, with all that is still to be
 *     written.
 * Cause: half-close-ends-at-once
 * Also: pending-dropped-at-end
 * Caught by: shutdown/lagging-reader
 * Profile: concurrent
 * Port: $PORT
 */
import('node:net').then(({ createServer }) => {
  const server = createServer({ allowHalfOpen: true, highWaterMark: 1 << 22 }, (conn) => {
    conn
      .on('error', (e) => console.error(e.code))
      .on('drain', () => conn.resume())
      .on('data', (buf) => conn.write(buf) || conn.pause())
      .on('end', () => conn.destroy());
  });
  server.listen(+process.env.PORT, '127.0.0.1');
});
