/*
 * The message passes through a string, which knows no bytes that are no UTF-8.
 *
 * Clause: datagram/every-byte-value
 * Trigger: bytes that are no UTF-8
 * Profile: sequential
 * Grade: realistic
 * Cause: lossy-decoding
 * Beside: datagram-buffer-small
 */
const dgram = require("node:dgram");

const server = dgram.createSocket("udp4");
server.on("message", (data, peer) => {
  server.send(data.toString().slice(0, 20000), peer.port, peer.address);
});
server.bind(Number(process.env.PORT || 0), "127.0.0.1");
