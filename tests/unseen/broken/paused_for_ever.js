/*
 * Bug: the socket is paused when write() says that its buffer is full, and 'drain' is listened to
 *     on the server instead of on the socket: nobody resumes it.
 * Cause: never-resumes
 * Caught by: partial-send/stalled-reader
 * Profile: concurrent
 * Port: 23003
 */
const net = require('net');

class EchoServer extends net.Server {
  constructor() {
    super({ allowHalfOpen: true });
    this.paused = new Set();
    this.on('connection', (s) => this.greet(s));
    this.on('drain', () => this.resumeAll());
  }

  greet(s) {
    s.on('data', (d) => {
      if (s.write(d)) return;
      s.pause();
      this.paused.add(s);
    });
    s.on('end', () => s.end());
    s.on('error', () => s.destroy());
    s.on('close', () => this.paused.delete(s));
  }

  resumeAll() {
    for (const s of this.paused) s.resume();
    this.paused.clear();
  }
}

new EchoServer().listen(23003, '127.0.0.1');
