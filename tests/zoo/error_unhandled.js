/* The socket has no listener for 'error', and Node ends the process for an error event nobody
 * listens to: one client's reset takes all the others with it.
 *
 * Clause: resilience/reset-idle
 * Trigger: a client leaves with a reset (RST)
 * Profile: concurrent
 * Grade: realistic
 * Cause: crash-on-reset | client-error-ends-server
 * Beside: killed-by-sigpipe
 */
"use strict";

const net = require("node:net");
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.pipe(socket);
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
