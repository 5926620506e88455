/*
 * Style: what comes is handed to one of two worker threads and back (transferred, not copied), and
 *     a client is not read from until its piece is back and written.
 * Profile: concurrent
 * Port: $PORT
 */
'use strict';
const net = require('node:net');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');

if (!isMainThread) {
    parentPort.on('message', ({ id, data }) => {
        parentPort.postMessage({ id, data }, [data.buffer]);
    });
} else {
    const workers = [new Worker(__filename), new Worker(__filename)];
    const peers = new Map();
    let next = 0;

    for (const worker of workers) {
        worker.on('message', ({ id, data }) => {
            const socket = peers.get(id);
            if (!socket) return;
            socket.write(data, () => {
                socket.busy = false;
                if (socket.finished) socket.end();
                else socket.resume();
            });
        });
    }

    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        const id = next++;
        const worker = workers[id % workers.length];
        peers.set(id, socket);
        socket.busy = socket.finished = false;
        socket.on('data', (chunk) => {
            socket.pause();
            socket.busy = true;
            const data = new Uint8Array(chunk);
            worker.postMessage({ id, data }, [data.buffer]);
        });
        socket.on('end', () => {
            socket.finished = true;
            if (!socket.busy) socket.end();
        });
        socket.on('error', (problem) => console.error(`ERROR ${problem.message}`));
        socket.on('close', () => peers.delete(id));
    });
    server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 300 });
}
