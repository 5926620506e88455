/* A client who says nothing for a second is cut off; the protocol lets a connection be idle for as
 * long as it likes.
 *
 * Clause: shutdown/idle-kept
 * Trigger: a second without data
 * Profile: concurrent
 * Grade: obvious
 * Cause: idle-timeout
 */
"use strict";

const net = require("node:net");
const IDLE = 1000; // milliseconds

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.setTimeout(IDLE, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
