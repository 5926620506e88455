/**
 * Bug: answers of the worker are matched with the sockets that wait in their order; when a client
 *     leaves, its places are taken out of the row, but its answers still come, and the next clients
 *     get them.
 * Cause: answers-wrong-client
 * Also: shared-buffer
 * Profile: concurrent
 * Port: $PORT
 */
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort } from "node:worker_threads";

const MOST_QUESTIONS = 8;

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url));
  let waiting = [];

  class Session {
    constructor(socket) {
      this.socket = socket;
      this.asked = 0;
      this.ended = false;
      socket.on("data", (chunk) => this.ask(chunk));
      socket.on("drain", () => this.adjust());
      socket.on("end", () => {
        this.ended = true;
        this.adjust();
      });
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        waiting = waiting.filter((session) => session !== this);
      });
    }

    ask(chunk) {
      this.asked += 1;
      waiting.push(this);
      worker.postMessage(chunk);
      this.adjust();
    }

    answer(bytes) {
      this.asked -= 1;
      this.socket.write(bytes);
      this.adjust();
    }

    adjust() {
      if (this.asked >= MOST_QUESTIONS || this.socket.writableNeedDrain) this.socket.pause();
      else this.socket.resume();
      if (this.ended && this.asked === 0) this.socket.end();
    }
  }

  worker.on("message", (bytes) => waiting.shift()?.answer(bytes));
  createServer({ allowHalfOpen: true }, (socket) => new Session(socket)).listen(
    Number(process.env.PORT),
    "127.0.0.1",
  );
} else {
  // Stands for the store, which takes 3 milliseconds and answers in the order of its questions.
  parentPort.on("message", (bytes) => setTimeout(() => parentPort.postMessage(bytes), 3));
}
