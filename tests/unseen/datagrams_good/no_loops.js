/* Style: UDP; what comes from the ports of services that answer by themselves is dropped, so that
 *     two servers never keep one another busy (CERT CA-1996-01)
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
'use strict';
const { createSocket } = require('node:dgram');

const ANSWER_BY_THEMSELVES = new Set([7, 13, 17, 19, 37, 53, 123]);
const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 });

socket.on('message', (message, { port, address }) => {
  if (ANSWER_BY_THEMSELVES.has(port)) return;
  socket.send(message, port, address, () => {});
});
process.once('SIGTERM', () => socket.close());
socket.bind({ port: Number(process.env.PORT), address: '127.0.0.1', exclusive: true });
