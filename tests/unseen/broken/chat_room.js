/*
 * Bug: like in a chat, what one client sends goes to every client; as soon as two are connected
 *     each gets the other's bytes too.
 * Cause: broadcast
 * Also: shared-buffer
 * Caught by: sessions/simultaneous
 * Profile: concurrent
 * Port: 23001
 */
const net = require('net');

const clients = new Set();

const server = net.createServer({ allowHalfOpen: true });

server.on('connection', (client) => {
  clients.add(client);
  client.on('data', (data) => {
    let full = false;
    for (const each of clients) {
      if (each.writable && !each.write(data) && each === client) full = true;
    }
    if (full) {
      client.pause();
      client.once('drain', () => client.resume());
    }
  });
  client.on('end', () => client.end());
  client.on('error', () => {});
  client.on('close', () => clients.delete(client));
});

server.listen(23001, '127.0.0.1', () => console.log('chat on 23001'));
