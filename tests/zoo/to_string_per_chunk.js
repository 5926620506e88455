/* Each chunk is decoded by itself with toString(): a character of several bytes that lies across
 * two chunks becomes U+FFFD, where a StringDecoder would have kept its first part.
 *
 * Clause: identity/split-utf8
 * Trigger: a character of several bytes cut between two writes
 * Profile: concurrent
 * Grade: realistic
 * Cause: decodes-each-read | lossy-decoding
 */
"use strict";

const net = require("node:net");
const { Transform } = require("node:stream");

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const text = new Transform({
    transform(chunk, encoding, done) {
      done(null, chunk.toString());
    },
  });
  socket.on("error", () => {
    text.destroy();
    socket.destroy();
  });
  socket.pipe(text).pipe(socket);
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
