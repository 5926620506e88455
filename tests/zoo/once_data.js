/* The data event is listened to with once(): the first chunk of a connection is echoed and all
 * that follow are dropped.
 *
 * Clause: chunking/byte-by-byte
 * Trigger: a second message on the same connection
 * Profile: concurrent
 * Grade: obvious
 * Cause: single-read | reads-quota
 */
"use strict";

const net = require("node:net");
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.once("data", (chunk) => socket.write(chunk));
  socket.on("end", () => socket.end());
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
