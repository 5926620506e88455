/*
 * Bug: `message` is assigned without const, so it is one global variable; while one client's message
 *     is written to the journal another client's takes its place.
 * Cause: shared-buffer
 * Caught by: sessions/no-crosstalk
 * Profile: concurrent
 * Port: $PORT
 */
const fs = require('fs');
const net = require('net');

const journal = fs.openSync('/dev/null', 'a');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  let busy = false;
  let ended = false;

  socket.on('data', (chunk) => {
    message = chunk;
    busy = true;
    socket.pause();
    // Into the journal first, so that nothing is lost if we crash.
    fs.write(journal, chunk, () => {
      const goOn = () => {
        busy = false;
        if (ended) socket.end();
        else socket.resume();
      };
      if (socket.write(message)) goOn();
      else socket.once('drain', goOn);
    });
  });

  socket.on('end', () => {
    ended = true;
    if (!busy) socket.end();
  });

  socket.on('error', () => socket.destroy());
});

server.listen(Number(process.env.PORT), '127.0.0.1');
