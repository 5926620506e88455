/*
 * Only the first 512 bytes of a message are sent back.
 *
 * Clause: datagram/up-to-mtu
 * Trigger: more than 512 bytes
 * Profile: sequential
 * Grade: realistic
 * Cause: datagram-buffer-small
 */
const dgram = require("node:dgram");

const server = dgram.createSocket("udp4");
server.on("message", (data, peer) => {
  server.send(data.subarray(0, 512), peer.port, peer.address);
});
server.bind(Number(process.env.PORT || 0), "127.0.0.1");
