// Bug: each write() that returns false counts one more reason to pause, but 'drain' comes once for
//     all of them and takes away only one, so a connection that was paused for two pieces stays
//     paused.
// Cause: never-resumes
// Profile: concurrent
// Port: $PORT
'use strict'

const net = require('net')

const SLICE = 16 * 1024

/** Nested pause: the socket reads again when each hold() has had its release(). */
class Valve {
  constructor (socket) {
    this.socket = socket
    this.depth = 0
  }

  hold () {
    if (this.depth++ === 0) this.socket.pause()
  }

  release () {
    if (this.depth === 0) return
    if (--this.depth === 0) this.socket.resume()
  }
}

function * slices (chunk) {
  for (let at = 0; at < chunk.length; at += SLICE) {
    yield chunk.subarray(at, at + SLICE)
  }
}

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
  const valve = new Valve(socket)

  socket.on('data', chunk => {
    for (const slice of slices(chunk)) {
      if (!socket.write(slice)) valve.hold()
    }
  })
  socket.on('drain', () => valve.release())
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
})

server.on('error', err => {
  console.error(err.message)
  process.exitCode = 1
})
server.listen({ host: '127.0.0.1', port: +process.env.PORT })
