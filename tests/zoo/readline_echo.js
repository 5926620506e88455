/* The data goes through readline, which takes the line ends off, and each line gets a newline: CR
 * LF and CR come back as LF, and a last line without one gets one.
 *
 * Clause: identity/newlines
 * Trigger: CR LF, CR, or a last line without a newline
 * Profile: concurrent
 * Grade: obvious
 * Cause: newline-translated | line-ends-dropped | waits-for-newline
 * Beside: unbounded-buffer
 */
"use strict";

const net = require("node:net");
const { once } = require("node:events");
const readline = require("node:readline");

async function serve(socket) {
  for await (const line of readline.createInterface({ input: socket })) {
    if (!socket.write(line + "\n")) await once(socket, "drain");
  }
  socket.end();
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  serve(socket).catch(() => socket.destroy());
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
