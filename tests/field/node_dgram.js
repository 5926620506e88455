// Echo of datagrams with Node, after the example of its documentation.
'use strict';

const dgram = require('node:dgram');

const [host, port] = process.argv.slice(2);
const server = dgram.createSocket('udp4');
server.on('error', (error) => {
  console.error(error.code);
  server.close();
});
server.on('message', (message, peer) => server.send(message, peer.port, peer.address));
server.bind(Number(port), host);
