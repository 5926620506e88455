"""
Bug: every read is handed to transport.write() without pause_writing/resume_writing, so what a
    client sends and does not take back is kept in memory without a limit.
Cause: unbounded-buffer
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class Echo(asyncio.BufferedProtocol):
    """An echo that allocates its buffer once for each connection."""

    def connection_made(self, transport):
        self._transport = transport
        self._space = bytearray(12_000)

    def get_buffer(self, sizehint):
        return self._space

    def buffer_updated(self, nbytes):
        self._transport.write(bytes(self._space[:nbytes]))

    def eof_received(self):
        # The transport closes by itself, after it has sent what is left.
        return False


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
