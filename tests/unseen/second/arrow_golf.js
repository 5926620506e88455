// Bug: what write() returns is ignored and nothing is paused, so a client that sends and does not
//     read makes the server keep everything in memory.
// Cause: unbounded-buffer
// Caught by: partial-send/bounded-memory
// Profile: concurrent
// Port: 27149
import('node:net').then(({ createServer }) =>
  createServer({ allowHalfOpen: true }, s =>
    s.on('data', d => s.write(d)).on('end', () => s.end()).on('error', () => s.destroy())
  ).listen(27149, '127.0.0.1')
)
