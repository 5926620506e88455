/*
 * Style: streams of the web: a ReadableStream and a WritableStream made by hand around the socket,
 *     with a TransformStream between them that allows 20,000 bytes to wait; pipeTo() carries the
 *     end.
 * Profile: concurrent
 * Port: 29505
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
                    if (controller.desiredSize <= 0) socket.pause();
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
}).listen(29505, '127.0.0.1');
