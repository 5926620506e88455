/* A chunk that reads 'quit' or 'exit' is obeyed instead of echoed: the echo service has no
 * commands.
 *
 * Clause: identity/looks-like-a-command
 * Trigger: a message that is just quit or exit
 * Profile: concurrent
 * Grade: obvious
 * Cause: magic-word
 */
"use strict";

const net = require("node:net");
const { pipeline, Transform } = require("node:stream");

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const session = new Transform({
    transform(chunk, encoding, done) {
      if (/^(quit|exit)\s*$/i.test(chunk.toString("latin1"))) {
        socket.unpipe(session);
        socket.resume(); // what comes after it is not wanted
        session.end();
        done();
      } else {
        done(null, chunk);
      }
    },
  });
  pipeline(socket, session, socket, (error) => {
    if (error) socket.destroy();
  });
});

server.listen(Number(process.env.PORT || 0), "127.0.0.1");
