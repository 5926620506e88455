/*
 * A socket of node:dgram.
 *
 * Style: Node, events
 * Profile: sequential
 */
const dgram = require("node:dgram");

const server = dgram.createSocket("udp4");
server.on("message", (data, peer) => server.send(data, peer.port, peer.address));
server.bind(Number(process.env.PORT || 0), "127.0.0.1");
