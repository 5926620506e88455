"""
Bug: every answer is packed as a frame, four bytes of length and then the data; the client gets
    four bytes more for each message.
Cause: prefix-or-suffix
Also: length-prefix
Caught by: identity/one-byte
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
import struct


def pack(payload: bytes) -> bytes:
    return struct.pack("!I", len(payload)) + payload


class FrameEcho(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(pack(data))

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(FrameEcho, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
