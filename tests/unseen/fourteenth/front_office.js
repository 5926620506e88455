/*
 * Bug: each piece is written to the audit trail before it is answered, and 'end' ends the socket
 *     without waiting for the answers that are still in that chain: what a client sends just
 *     before it ends its side is never answered.
 * Cause: pending-dropped-at-end, end-with-data-lost
 * Also: half-close-ends-at-once
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';

const net = require('net');
const os = require('os');
const path = require('path');
const fs = require('fs/promises');

const PORT = Number(process.env.PORT || 7000);
const MAX_PENDING = 256 * 1024;

class AuditTrail {
  constructor(file) {
    this.file = file;
    this.handle = null;
  }

  async open() {
    this.handle = await fs.open(this.file, 'w');
  }

  async record(id, size) {
    const line = `${id} ${size}\n`.padEnd(32);
    await this.handle.write(line, 0);
  }
}

class Session {
  constructor(id, socket, audit) {
    this.id = id;
    this.socket = socket;
    this.audit = audit;
    this.pending = 0;
    this.chain = Promise.resolve();
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.onData(chunk));
    socket.on('end', () => this.onEnd());
    socket.on('error', () => socket.destroy());
  }

  onData(chunk) {
    this.pending += chunk.length;
    if (this.pending > MAX_PENDING) {
      this.socket.pause();
    }
    this.chain = this.chain.then(() => this.reply(chunk)).catch(() => this.socket.destroy());
  }

  async reply(chunk) {
    await this.audit.record(this.id, chunk.length);
    if (this.socket.writable && !this.socket.write(chunk)) {
      await this.drained();
    }
    this.pending -= chunk.length;
    if (this.pending <= MAX_PENDING) {
      this.socket.resume();
    }
  }

  drained() {
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('drain', done);
        this.socket.off('close', done);
        resolve();
      };
      this.socket.on('drain', done);
      this.socket.on('close', done);
    });
  }

  onEnd() {
    this.socket.end();
  }
}

async function main() {
  const audit = new AuditTrail(path.join(os.tmpdir(), `front_office.${process.pid}`));
  await audit.open();
  await fs.unlink(audit.file);
  let lastId = 0;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    lastId += 1;
    new Session(lastId, socket, audit);
  });
  server.listen({ host: '127.0.0.1', port: PORT, backlog: 1024 });
}

main();
