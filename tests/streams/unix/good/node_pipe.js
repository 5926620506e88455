/* A stream piped into itself, over a Unix socket.
 *
 * Style: Node, pipe
 * Profile: concurrent
 */
"use strict";

const fs = require("fs");
const net = require("net");

const path = process.env.SOCKET_PATH;
fs.rmSync(path, { force: true });

net
  .createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  })
  .listen(path);
