// Bug: pieces are put in at the end, and taken from the end, too: where several wait the newest
//     is sent first.
// Cause: queue-order
// Profile: concurrent
// Port: $PORT
"use strict";

const net = require("net");

const ENOUGH = 20;

class Conveyor {
  constructor(socket) {
    this.socket = socket;
    this.pieces = [];
    this.blocked = false;
    this.closing = false;
  }

  put(piece) {
    if (this.pieces.push(piece) >= ENOUGH) this.socket.pause();
    this.move();
  }

  close() {
    this.closing = true;
    this.move();
  }

  unblock() {
    this.blocked = false;
    this.move();
  }

  move() {
    while (!this.blocked && this.pieces.length > 0) {
      this.blocked = !this.socket.write(this.pieces.pop());
    }
    if (this.pieces.length > 0) return;
    if (this.closing) this.socket.end();
    else if (!this.blocked) this.socket.resume();
  }
}

net
  .createServer({ allowHalfOpen: true }, (socket) => {
    const conveyor = new Conveyor(socket);
    socket.on("data", (piece) => conveyor.put(piece));
    socket.on("drain", () => conveyor.unblock());
    socket.on("end", () => conveyor.close());
    socket.on("error", () => socket.destroy());
  })
  .listen({ host: "127.0.0.1", port: process.env.PORT });
