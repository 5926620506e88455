/* The handler of SIGTERM calls server.close(), which only stops listening and waits for the
 * clients to leave: one who stays keeps the server alive.
 *
 * Clause: resilience/terminates
 * Trigger: SIGTERM while a client is connected
 * Profile: concurrent
 * Grade: realistic
 * Cause: sigterm-ignored
 */
"use strict";

const net = require("node:net");
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});

process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
