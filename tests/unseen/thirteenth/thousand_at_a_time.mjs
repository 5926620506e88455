/*
 * Bug: the pieces are 999 bytes long and begin every 1,000 bytes: of a read that is longer each
 *     thousandth byte is lost.
 * Cause: rest-of-read-discarded
 * Also: off-by-one-at-full-read
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
        for (let at = 0; at < chunk.length; at += 1000) yield chunk.subarray(at, at + 999);
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
