/*
 * Bug: the total given to Buffer.concat() is that of all bytes not yet flushed, not that of the
 *     pieces in the list; while an earlier write is on its way concat() fills the difference up
 *     with zeros.
 * Cause: none-of-these
 * Also: stale-buffer
 * Profile: concurrent
 * Port: $PORT
 */
const { createServer } = require("node:net");

const HIGH = 4 * 1024 * 1024;

function makeOutbox(socket) {
  let pieces = [];
  let total = 0;
  let planned = false;
  let ended = false;

  function flush() {
    planned = false;
    if (pieces.length > 0) {
      const batch = Buffer.concat(pieces, total);
      pieces = [];
      socket.write(batch, () => {
        total = Math.max(0, total - batch.length);
        if (total < HIGH) socket.resume();
      });
    }
    if (ended) socket.end();
  }

  function plan() {
    if (!planned) {
      planned = true;
      setImmediate(flush);
    }
  }

  return {
    add(piece) {
      pieces.push(piece);
      total += piece.length;
      if (total >= HIGH) socket.pause();
      plan();
    },
    end() {
      ended = true;
      plan();
    },
  };
}

createServer({ allowHalfOpen: true }, (socket) => {
  const outbox = makeOutbox(socket);
  socket.on("data", outbox.add);
  socket.on("end", outbox.end);
  socket.on("error", () => {});
}).listen(process.env.PORT, "127.0.0.1");
