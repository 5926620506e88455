/* All connections copy their data into one scratch buffer, but a write() that cannot go out at
 * once keeps only a reference to it: another client's data is there when it does.
 *
 * Clause: sessions/stalled-client-aside
 * Trigger: a client stops reading until the server's write waits, while another one sends
 * Profile: concurrent
 * Grade: nasty
 * Cause: shared-buffer | buffer-overwritten
 */
"use strict";

const net = require("node:net");
const scratch = Buffer.alloc(1 << 20); // saves an allocation for each chunk

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const size = chunk.copy(scratch);
    if (!socket.write(scratch.subarray(0, size))) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
  socket.on("end", () => socket.end());
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
