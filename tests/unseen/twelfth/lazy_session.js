// Bug: the first chunk is taken with once('data'), and the listener for what follows is added when the
//     session has been made: what comes between is read by nobody.
// Cause: drops-while-busy
// Profile: concurrent
// Port: $PORT
'use strict';

const net = require('node:net');
const { randomBytes } = require('node:crypto');
const { promisify } = require('node:util');

const randomBytesAsync = promisify(randomBytes);

class SessionStore {
  constructor() {
    this.sessions = new Map();
  }

  /** Only clients that say something get a session: port scanners do not. */
  async create(socket) {
    const id = (await randomBytesAsync(16)).toString('hex');
    const session = { id, socket, since: Date.now(), bytes: 0 };
    if (!socket.destroyed) {
      this.sessions.set(id, session);
      socket.once('close', () => this.sessions.delete(id));
    }
    return session;
  }
}

class EchoService {
  constructor(store) {
    this.store = store;
    this.server = net.createServer({ allowHalfOpen: true }, (socket) => this.connection(socket));
  }

  connection(socket) {
    let opening = Promise.resolve();
    socket.once('data', (first) => {
      opening = this.open(socket, first);
    });
    socket.on('end', () => opening.then(() => socket.end()));
    socket.on('error', () => socket.destroy());
  }

  async open(socket, first) {
    const session = await this.store.create(socket);
    if (socket.destroyed) return;
    this.reply(session, first);
    socket.on('data', (chunk) => this.reply(session, chunk));
  }

  reply(session, chunk) {
    session.bytes += chunk.length;
    if (!session.socket.write(chunk)) {
      session.socket.pause();
      session.socket.once('drain', () => session.socket.resume());
    }
  }

  listen(port) {
    this.server.listen(port, '127.0.0.1', 511);
  }
}

new EchoService(new SessionStore()).listen(Number(process.env.PORT));
