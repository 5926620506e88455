// Echo with Node: the socket piped into itself. A third argument may be "guarded" (an error handler
// on every socket) or "half-open" (that, and the application ends its own side).
'use strict';

const net = require('node:net');

const [host, port, style = 'plain'] = process.argv.slice(2);
const server = net.createServer({ allowHalfOpen: style === 'half-open' }, (socket) => {
  if (style !== 'plain') socket.on('error', (error) => console.error(error.code));
  socket.pipe(socket);
});
server.listen(Number(port), host);
