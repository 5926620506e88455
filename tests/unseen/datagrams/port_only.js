/* Bug: send() gets the client's port and no address, and Node takes 127.0.0.1 then: a client at
 *     another address is not answered
 * Cause: answers-own-address
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
const { createSocket } = require('dgram');

const echo = createSocket('udp4');

echo.on('listening', () => {
  const { address, port } = echo.address();
  console.log(`echo on ${address}:${port}`);
});
echo.on('message', (msg, rinfo) => {
  echo.send(msg, rinfo.port, (err) => {
    if (err) console.error(`${rinfo.port}: ${err}`);
  });
});
echo.bind(Number(process.env.PORT), '127.0.0.1');
