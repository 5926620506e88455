/*
 * Bug: a message that is the word ping is answered with pong.
 * Cause: magic-word
 * Caught by: identity/looks-like-a-command
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

const commands = {
  ping: () => 'pong',
};

const server = net.createServer({ allowHalfOpen: true }, (c) => {
  c.on('error', () => c.destroy());
  c.on('end', () => c.end());
  c.on('drain', () => c.resume());
  c.on('data', (data) => {
    const word = data.length < 16 ? data.toString('latin1').trim().toLowerCase() : '';
    const reply = Object.hasOwn(commands, word) ? commands[word]() : data;
    if (!c.write(reply)) c.pause();
  });
});

server.listen(process.env.PORT, '127.0.0.1');
