/*
 * Bug: every connection is ended 2.5 seconds after it was made, also while it is in use.
 * Cause: time-limit
 * Also: closes-before-client
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net')

const SESSION_MS = 2500 // everybody gets the same share

function serve (socket) {
  const session = setTimeout(() => socket.end(), SESSION_MS)
  socket.on('close', () => clearTimeout(session))
  socket.on('error', (err) => console.warn('client:', err.code))
  socket.pipe(socket)
}

const server = net.createServer(serve)
server.on('error', (err) => {
  console.error(err.message)
  process.exit(1)
})
server.listen(+process.env.PORT, '127.0.0.1')
