/* server.maxConnections is 2: the third client at a time is accepted and cut off at once, where it
 * should be served or wait its turn.
 *
 * Clause: sessions/simultaneous
 * Trigger: three clients at once
 * Profile: concurrent
 * Grade: obvious
 * Cause: connection-limit
 */
"use strict";

const net = require("node:net");
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});

server.maxConnections = 2;

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
