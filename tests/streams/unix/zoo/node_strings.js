/* The chunks are made strings and bytes again, which changes what is no UTF-8.
 *
 * Clause: identity/invalid-utf8
 * Trigger: bytes that are no UTF-8
 * Profile: concurrent
 * Grade: obvious
 * Cause: lossy-decoding
 */
"use strict";

const fs = require("fs");
const net = require("net");

const path = process.env.SOCKET_PATH;
fs.rmSync(path, { force: true });

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.setEncoding("utf8");
  socket.on("data", (text) => {
    if (!socket.write(text)) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
  socket.on("end", () => socket.end());
  socket.on("error", () => socket.destroy());
});
server.listen(path);
