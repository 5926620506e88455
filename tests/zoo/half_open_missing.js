/* allowHalfOpen is left at false, so Node ends the reply by itself when the client's FIN comes,
 * and a reply that is still being worked on is lost.
 *
 * Clause: shutdown/data-with-fin
 * Trigger: the last data and the FIN come together
 * Profile: concurrent
 * Grade: realistic
 * Cause: half-close-ends-at-once | end-with-data-lost | pending-dropped-at-end
 */
"use strict";

const net = require("node:net");
const BUSY = 5; // milliseconds that the record of a chunk takes

// Stands for a write to a log or a database.
function record(size, done) {
  setTimeout(done, BUSY, size);
}

const server = net.createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    socket.pause();
    record(chunk.length, () => {
      if (socket.write(chunk)) socket.resume();
      else socket.once("drain", () => socket.resume());
    });
  });
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
