/*
 * Bug: the list holds records, and a socket is looked for in it when a client leaves: indexOf()
 *     gives -1, and splice() takes the last client off, who is not answered any more
 * Cause: removes-wrong-client
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');

let nextId = 1;
const clients = [];

function addClient(socket) {
  const client = { id: nextId++, socket: socket, since: Date.now(), bytes: 0 };
  clients.push(client);
  return client.id;
}

function findClient(id) {
  return clients.find((client) => client.id === id);
}

function removeClient(socket) {
  clients.splice(clients.indexOf(socket), 1);
}

function echo(client, data) {
  client.bytes += data.length;
  if (!client.socket.write(data)) {
    client.socket.pause();
  }
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const id = addClient(socket);

  socket.on('data', (data) => {
    const client = findClient(id);
    if (client) {
      echo(client, data);
    }
  });

  socket.on('drain', () => {
    socket.resume();
  });

  socket.on('end', () => {
    socket.end();
  });

  socket.on('error', (err) => {
    console.log(`client ${id}: ${err.code}`);
  });

  socket.on('close', () => {
    removeClient(socket);
  });
});

server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 1024 }, () => {
  console.log('Echo server is running');
});
