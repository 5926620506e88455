/*
 * Bug: the socket has no 'error' listener, so a client that resets its connection ends the whole
 *     process with "Unhandled 'error' event".
 * Cause: crash-on-reset
 * Also: client-error-ends-server
 * Caught by: resilience/reset-idle
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net')

net.createServer({ allowHalfOpen: true }, function (sock) {
  console.log('CONNECTED: ' + sock.remoteAddress + ':' + sock.remotePort)
  sock.on('data', function (data) {
    if (!sock.write(data)) sock.pause()
  })
  sock.on('drain', function () {
    sock.resume()
  })
  sock.on('end', function () {
    sock.end()
  })
  sock.on('close', function () {
    console.log('CLOSED')
  })
}).listen(process.env.PORT, '127.0.0.1')
