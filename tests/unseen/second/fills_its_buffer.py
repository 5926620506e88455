"""
Bug: `used` only grows, so after 50,000 bytes in all get_buffer() returns an empty buffer, and
    asyncio breaks the connection off.
Cause: bytes-quota
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class Echo(asyncio.BufferedProtocol):
    SIZE = 50_000

    def __init__(self):
        self.buffer = bytearray(self.SIZE)
        self.view = memoryview(self.buffer)
        self.used = 0
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, sizehint):
        return self.view[self.used :]

    def buffer_updated(self, nbytes):
        begin = self.used
        self.used += nbytes
        self.transport.write(bytes(self.view[begin : self.used]))

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def serve(port):
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port, backlog=128)
    async with server:
        await server.serve_forever()


asyncio.run(serve(int(os.environ["PORT"])))
