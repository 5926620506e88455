/* on() where once() is meant: each time that a client reads too slowly one more listener for
 * 'drain' stays with its connection, as Node warns.
 *
 * Clause: resources/unhandled-errors
 * Trigger: a connection on which the echo waits more than ten times
 * Profile: concurrent
 * Grade: realistic
 * Cause: memory-leak
 */
"use strict";

const net = require("node:net");

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.end());
  socket.on("data", (chunk) => {
    if (socket.write(chunk)) return;
    socket.pause();
    socket.on("drain", () => socket.resume());
  });
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
