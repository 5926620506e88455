/*
 * Style: stream.compose() of two asynchronous generators: one joins what comes within a turn of
 *     the loop, one cuts it into pieces of 1,000 bytes; pipeline() with a promise for each client.
 * Profile: concurrent
 * Port: $PORT
 */
import net from 'node:net';
import { compose } from 'node:stream';
import { pipeline } from 'node:stream/promises';

async function* counts(source) {
    let total = 0;
    for await (const chunk of source) {
        total += chunk.length;
        yield chunk;
    }
    if (total > 1e9) console.log('a talkative client');
}

async function* cuts(source) {
    for await (const chunk of source)
        for (let at = 0; at < chunk.length; at += 1000) yield chunk.subarray(at, at + 1000);
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    pipeline(socket, compose(counts, cuts), socket).catch((problem) => {
        console.error(`client: ${problem.code ?? problem}`);
        socket.destroy();
    });
});
server.on('error', (problem) => {
    console.error(problem);
    process.exitCode = 1;
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
