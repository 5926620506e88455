/* Bug: an answer above 508 bytes is sent in slices of 508, "which always fit", and each is a
 *     datagram of its own
 * Cause: datagram-cut-up
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
'use strict';
const dgram = require('node:dgram');

const SAFE = 508;
const socket = dgram.createSocket('udp4');

function* slices(message) {
  let at = 0;
  do {
    yield message.subarray(at, at + SAFE);
    at += SAFE;
  } while (at < message.length);
}

socket.on('message', (message, { address, port }) => {
  for (const slice of slices(message)) socket.send(slice, port, address);
});
socket.on('error', (error) => console.error(error.message));
socket.bind(Number(process.env.PORT), '127.0.0.1');
