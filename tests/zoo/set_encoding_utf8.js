/* setEncoding('utf8') turns the stream into text: what is not UTF-8 comes back as U+FFFD, three
 * other bytes.
 *
 * Clause: identity/invalid-utf8
 * Trigger: bytes that are not UTF-8
 * Profile: concurrent
 * Grade: realistic
 * Cause: lossy-decoding
 */
"use strict";

const net = require("node:net");
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.setEncoding("utf8");
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
