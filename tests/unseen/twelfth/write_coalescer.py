"""Bug: small pieces are collected for some milliseconds, and large ones are written at once: a
    large one overtakes the small ones that came before it.
Cause: queue-order, answers-overtake
Profile: concurrent
Port: $PORT
"""

import asyncio
import os

SMALL = 4096
BATCH_LIMIT = 16 * 1024
MAX_DELAY = 0.005


class Coalescer:
    """Joins small writes into one system call; large ones need no help."""

    def __init__(self, transport, loop):
        self._transport = transport
        self._loop = loop
        self._pieces = []
        self._size = 0
        self._timer = None
        self.syscalls_saved = 0

    def write(self, data):
        if len(data) > SMALL:
            self._transport.write(data)
            return
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= BATCH_LIMIT:
            self.flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(MAX_DELAY, self.flush)

    def flush(self):
        self.cancel()
        if self._pieces:
            self.syscalls_saved += len(self._pieces) - 1
            self._transport.write(b"".join(self._pieces))
            self._pieces.clear()
            self._size = 0

    def cancel(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.out = Coalescer(transport, asyncio.get_running_loop())

    def data_received(self, data):
        self.out.write(data)

    def eof_received(self):
        self.out.flush()

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def connection_lost(self, exc):
        self.out.cancel()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(os.environ["PORT"]), backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
