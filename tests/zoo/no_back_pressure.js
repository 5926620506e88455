/* What write() returns is ignored: a client that sends and does not read fills the memory of the
 * server, where it should be slowed down.
 *
 * Clause: partial-send/bounded-memory
 * Trigger: a client sends and does not read
 * Profile: concurrent
 * Grade: realistic
 * Cause: unbounded-buffer
 */
"use strict";

const net = require("node:net");
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => socket.write(chunk));
  socket.on("end", () => socket.end());
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
