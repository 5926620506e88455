/* The data is read as latin1 but written with the default encoding, utf8: each byte from 0x80 up
 * comes back as two.
 *
 * Clause: identity/every-byte-value
 * Trigger: a byte of 0x80 or more
 * Profile: concurrent
 * Grade: obvious
 * Cause: lossy-decoding
 */
"use strict";

const net = require("node:net");
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  socket.on("data", (text) => {
    if (!socket.write(text)) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
  socket.on("end", () => socket.end());
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
