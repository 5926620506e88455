// Bug: the socket is not allowed to be half open, so Node ends it when the client has ended its side;
//     what is still in the asynchronous handlers then is written after the end, and lost.
// Cause: half-close-ends-at-once, pending-dropped-at-end
// Profile: concurrent
// Port: $PORT
import { createServer } from 'node:net';
import { webcrypto } from 'node:crypto';

const MAX_WAITING = 8;

/** Composes handlers: each is called with the context and what calls the next one. */
function compose(handlers) {
  return (context) => {
    const run = async (index) => {
      const handler = handlers[index];
      if (handler) await handler(context, () => run(index + 1));
    };
    return run(0);
  };
}

class Application {
  #handlers = [];

  use(handler) {
    this.#handlers.push(handler);
    return this;
  }

  listen(port, host) {
    const handle = compose(this.#handlers);
    const server = createServer((socket) => this.#connected(socket, handle));
    server.listen({ port, host, backlog: 511 });
    return server;
  }

  #connected(socket, handle) {
    let waiting = 0;
    let blocked = false;
    let last = Promise.resolve();

    const flowOrNot = () => {
      if (blocked || waiting >= MAX_WAITING) socket.pause();
      else socket.resume();
    };
    const one = async (request) => {
      const context = { request, response: null, meta: {} };
      await handle(context);
      waiting -= 1;
      if (socket.destroyed) return;
      if (!socket.write(context.response)) blocked = true;
      flowOrNot();
    };

    socket.on('data', (chunk) => {
      waiting += 1;
      last = last.then(() => one(chunk)).catch(() => socket.destroy());
      flowOrNot();
    });
    socket.on('drain', () => {
      blocked = false;
      flowOrNot();
    });
    socket.on('error', () => socket.destroy());
  }
}

const audit = { chunks: 0, last: null };

const app = new Application()
  .use(async (context, next) => {
    const digest = await webcrypto.subtle.digest('SHA-256', context.request);
    context.meta.digest = Buffer.from(digest).toString('hex');
    await next();
  })
  .use(async (context, next) => {
    audit.chunks += 1;
    audit.last = context.meta.digest;
    await next();
  })
  .use(async (context) => {
    context.response = context.request;
  });

app.listen(Number(process.env.PORT), '127.0.0.1').on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
