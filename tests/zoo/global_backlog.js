/* The data that waits for its echo is gathered in one variable for all connections: who is served
 * first gets everybody's.
 *
 * Clause: sessions/no-crosstalk
 * Trigger: two clients send at the same time
 * Profile: concurrent
 * Grade: realistic
 * Cause: shared-buffer
 */
"use strict";

const net = require("node:net");

let backlog = [];

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  // All chunks that came in one round of the event loop are sent with one write.
  const flush = () => {
    const data = Buffer.concat(backlog);
    backlog = [];
    if (data.length > 0 && !socket.write(data)) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  };
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    backlog.push(chunk);
    setImmediate(flush);
  });
  socket.on("end", () => {
    flush();
    socket.end();
  });
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
