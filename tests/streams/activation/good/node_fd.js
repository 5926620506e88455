/* Node on a listener that exists.
 *
 * Style: Node, listen({ fd })
 * Profile: concurrent
 */
"use strict";

const net = require("net");

net
  .createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  })
  .listen({ fd: 3 });
