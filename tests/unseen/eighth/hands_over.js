// Bug: the parent has begun to read the connection (no pauseOnConnect) when it asks its children
//     which of them has least to do and hands the connection over; what came meanwhile stays in the
//     parent and is lost.
// Cause: first-read-lost
// Profile: concurrent
// Port: $PORT
'use strict';

const { fork } = require('node:child_process');
const net = require('node:net');

const CHILDREN = 2;

function child() {
  const sockets = new Set();

  process.on('message', (message, socket) => {
    if (message.ask === 'load') {
      process.send({ question: message.question, load: sockets.size });
      return;
    }
    if (!socket) return; // it has gone on its way to us
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
    socket.resume();
  });
  process.on('disconnect', () => process.exit(0));
}

function parent() {
  const children = Array.from({ length: CHILDREN }, () => fork(__filename, ['child']));
  const questions = new Map();
  let lastQuestion = 0;

  for (const one of children) {
    one.on('message', ({ question, load }) => {
      questions.get(question)?.(load);
      questions.delete(question);
    });
  }

  const loadOf = (one) =>
    new Promise((resolve) => {
      const question = ++lastQuestion;
      questions.set(question, (load) => resolve({ one, load }));
      one.send({ ask: 'load', question });
    });

  const server = net.createServer({ allowHalfOpen: true }, async (socket) => {
    socket.on('error', () => socket.destroy());
    const loads = await Promise.all(children.map(loadOf));
    loads.sort((a, b) => a.load - b.load);
    if (!socket.destroyed) loads[0].one.send({ take: true }, socket);
  });
  server.listen(process.env.PORT, '127.0.0.1');
}

if (process.argv[2] === 'child') child();
else parent();
