/* At the end of the stream the socket is destroyed instead of ended: what write() has taken but
 * not yet handed to the system is thrown away.
 *
 * Clause: shutdown/lagging-reader
 * Trigger: the client half-closes while megabytes wait for it to read
 * Profile: concurrent
 * Grade: realistic
 * Cause: pending-dropped-at-end | half-close-ends-at-once
 */
"use strict";

const net = require("node:net");
const HIGH = 4 << 20; // bytes in waiting at which the client is slowed down
const LOW = 2 << 20;

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    socket.write(chunk, () => {
      if (socket.isPaused() && socket.writableLength < LOW) socket.resume();
    });
    if (socket.writableLength > HIGH) socket.pause();
  });
  socket.on("end", () => socket.destroy());
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
