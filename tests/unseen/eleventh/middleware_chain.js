/*
 * Bug: messages go through an asynchronous chain, and the client's end does not: the connection is
 *     ended while the last messages are still in the chain.
 * Cause: pending-dropped-at-end, end-with-data-lost
 * Also: half-close-ends-at-once
 * Profile: concurrent
 * Port: $PORT
 */
const net = require('net');
const { EventEmitter } = require('events');
const { setImmediate: nextTurn } = require('timers/promises');

class App extends EventEmitter {
  #middleware = [];

  use(fn) {
    this.#middleware.push(fn);
    return this;
  }

  async run(context) {
    let index = -1;
    const dispatch = async (i) => {
      if (i <= index) throw new Error('next() called multiple times');
      index = i;
      const fn = this.#middleware[i];
      if (fn) await fn(context, () => dispatch(i + 1));
    };
    await dispatch(0);
  }

  listen(port, host) {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
    server.on('error', (error) => this.emit('error', error));
    return server.listen({ port, host, backlog: 512 });
  }

  #serve(socket) {
    let tail = Promise.resolve();
    let waiting = 0;
    const resumeIfIdle = () => {
      if (waiting < 8 && !socket.writableNeedDrain) socket.resume();
    };

    socket.on('data', (message) => {
      waiting += 1;
      if (waiting >= 8) socket.pause();
      tail = tail
        .then(() => this.run({ socket, message }))
        .catch(() => socket.destroy())
        .then(() => {
          waiting -= 1;
          if (socket.writableNeedDrain) socket.pause();
          resumeIfIdle();
        });
    });
    socket.on('drain', resumeIfIdle);
    socket.on('end', () => socket.end());
    socket.on('error', () => socket.destroy());
  }
}

const app = new App();
const totals = { messages: 0, bytes: 0 };

// count
app.use(async (context, next) => {
  totals.messages += 1;
  totals.bytes += context.message.length;
  await next();
});

// let others have their turn
app.use(async (context, next) => {
  await nextTurn();
  await next();
});

// echo
app.use(async ({ socket, message }) => {
  if (socket.writable) socket.write(message);
});

app.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
app.listen(Number(process.env.PORT), '127.0.0.1');
