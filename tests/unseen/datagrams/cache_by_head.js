/* Bug: answers are kept in a cache under the first 16 bytes of the question, so another question
 *     that begins alike gets the answer of the first
 * Cause: none-of-these
 * Also: leftover-of-earlier
 * Profile: sequential
 * Transport: udp
 * Port: $PORT
 */
const dgram = require('dgram');

const LIMIT = 500;
const cache = new Map();

function answer(question) {
  const key = question.toString('latin1', 0, 16);
  let found = cache.get(key);
  if (!found) {
    found = Buffer.from(question);
    cache.set(key, found);
    if (cache.size > LIMIT) cache.delete(cache.keys().next().value);
  }
  return found;
}

const server = dgram.createSocket('udp4');
server.on('message', (question, from) => {
  server.send(answer(question), from.port, from.address);
});
server.bind(process.env.PORT, '127.0.0.1');
