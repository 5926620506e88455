// Bug: the socket's encoding is 'ascii', and Node clears the highest bit of each byte when it
//     decodes ASCII.
// Cause: seven-bit
// Also: lossy-decoding
// Caught by: identity/every-byte-value
// Profile: concurrent
// Port: $PORT
const net = require("net")

net.createServer({ allowHalfOpen: true }, socket => {
    socket.setEncoding("ascii")
    socket.on("error", () => socket.destroy())
    socket.pipe(recode(socket))
}).listen({ port: +process.env.PORT, host: "127.0.0.1" })

// A stream that takes text and writes it to the socket, one byte for each character.
function recode(socket) {
    const { Writable } = require("stream")
    return new Writable({
        decodeStrings: false,
        write(text, _, done) {
            socket.write(text, "latin1", () => done())
        },
        final(done) {
            socket.end(done)
        },
    })
}
