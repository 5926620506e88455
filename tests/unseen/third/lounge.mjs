/*
 * Bug: a message that is just the word "logout" is not sent back: it ends the connection.
 * Cause: magic-word
 * Profile: concurrent
 * Port: 27431
 */
import { createServer } from 'node:net';

const PORT = 27431;

const isFarewell = (words) => words.toString('latin1').trim() === 'logout';

createServer((guest) => {
  guest
    .on('data', (words) => {
      if (isFarewell(words)) {
        guest.end();
      } else if (!guest.write(words)) {
        guest.pause();
      }
    })
    .on('drain', () => guest.resume())
    .on('error', ({ code }) => console.error('guest left:', code));
}).listen(PORT, '127.0.0.1');
