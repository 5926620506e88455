// Bug: the answers of all connections go through one chain of promises, and each link waits until
//     its bytes have been taken by the system; one client that does not read holds up everybody.
// Cause: blocked-by-stalled-reader
// Profile: concurrent
// Port: $PORT
const net = require('net')

/** Keeps writes in order. */
class Outbox {
  #tail = Promise.resolve()

  add(job) {
    this.#tail = this.#tail.then(job, job)
    return this.#tail
  }
}

const outbox = new Outbox()

const deliver = (socket, chunk) =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.write(chunk, () => resolve())
  })

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('data', async (chunk) => {
    socket.pause()
    await outbox.add(() => deliver(socket, chunk))
    socket.resume()
  })
  socket.on('end', () => outbox.add(() => socket.end()))
  socket.on('error', () => socket.destroy())
})

server.listen(Number(process.env.PORT), '127.0.0.1')
