/*
 * Bug: a client is removed by splice(indexOf(...), 1) at 'error' and again at 'close'. The second
 *     time indexOf gives -1, and splice(-1, 1) removes the last client of the list, which is served
 *     no more.
 * Cause: removes-wrong-client
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');
const { EventEmitter } = require('events');

const MAX_QUEUED = 64 * 1024;

class Client {
  constructor(socket) {
    this.socket = socket;
    this.queue = [];
    this.size = 0;
    this.blocked = false;
    this.finished = false;
  }

  push(data) {
    this.queue.push(data);
    this.size += data.length;
    if (this.size > MAX_QUEUED) this.socket.pause();
  }

  flush() {
    while (this.queue.length > 0 && !this.blocked) {
      const data = this.queue.shift();
      this.size -= data.length;
      this.blocked = !this.socket.write(data);
    }
    if (this.size <= MAX_QUEUED && this.socket.isPaused()) this.socket.resume();
    if (this.finished && this.queue.length === 0) this.socket.end();
  }
}

class Hub extends EventEmitter {
  constructor() {
    super();
    this.clients = [];
    this.scheduled = false;
  }

  add(socket) {
    const client = new Client(socket);
    this.clients.push(client);
    socket.on('data', (data) => {
      client.push(data);
      this.schedule();
    });
    socket.on('drain', () => {
      client.blocked = false;
      this.schedule();
    });
    socket.on('end', () => {
      client.finished = true;
      this.schedule();
    });
    socket.on('error', (err) => {
      this.emit('problem', err);
      this.remove(client);
    });
    socket.on('close', () => this.remove(client));
  }

  remove(client) {
    this.clients.splice(this.clients.indexOf(client), 1);
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      for (const client of this.clients) client.flush();
    });
  }
}

const hub = new Hub();
hub.on('problem', (err) => console.log('client:', err.code));
net
  .createServer({ allowHalfOpen: true }, (socket) => hub.add(socket))
  .listen(Number(process.env.PORT), '127.0.0.1', 511);
