/*
 * The peer is a variable outside of the handler, and the answer waits a moment.
 *
 * Clause: datagram/to-the-sender
 * Trigger: two clients at once
 * Profile: sequential
 * Grade: nasty
 * Cause: answers-wrong-client
 */
const dgram = require("node:dgram");

const server = dgram.createSocket("udp4");
let peer;
server.on("message", (data, from) => {
  peer = from;
  setTimeout(() => server.send(data, peer.port, peer.address), 1);
});
server.bind(Number(process.env.PORT || 0), "127.0.0.1");
