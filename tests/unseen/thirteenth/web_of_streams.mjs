/*
 * Bug: the socket is not paused when the queue of the source is full: all that a slow reader
 *     does not take is kept in memory.
 * Cause: unbounded-buffer
 * Profile: concurrent
 * Port: $PORT
 */
import net from 'node:net';

const sized = (highWaterMark) => new ByteLengthQueuingStrategy({ highWaterMark });

function source(socket) {
    return new ReadableStream(
        {
            start(controller) {
                let over = false;
                socket.pause();
                socket.on('data', (chunk) => {
                    controller.enqueue(chunk);
                });
                socket.on('end', () => {
                    over = true;
                    controller.close();
                });
                socket.on('close', () => {
                    if (!over) controller.error(new Error('the client is gone'));
                    over = true;
                });
            },
            pull: () => void socket.resume(),
            cancel: () => void socket.destroy(),
        },
        sized(16_000),
    );
}

function sink(socket) {
    const settled = (act) =>
        new Promise((resolve, reject) => {
            socket.once('close', reject);
            act((problem) => {
                socket.off('close', reject);
                problem ? reject(problem) : resolve();
            });
        });
    return new WritableStream(
        {
            write: (chunk) => settled((done) => socket.write(chunk, done)),
            close: () => settled((done) => socket.end(done)),
            abort: () => void socket.destroy(),
        },
        sized(16_000),
    );
}

net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    source(socket)
        .pipeThrough(new TransformStream({}, sized(20_000), sized(20_000)))
        .pipeTo(sink(socket))
        .catch(() => socket.destroy());
}).listen(Number(process.env.PORT), '127.0.0.1');
