"""Reads are kept in NUL-padded records and unpadded with rstrip, which takes the client's NULs too.

Clause: identity/nul-bytes
Trigger: a read that ends in a zero byte
Profile: concurrent
Grade: nasty
Cause: padding-stripped | magic-byte
"""

import asyncio
import os
import struct

RECORD = struct.Struct("1024s")


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), RECORD.size):
            record = RECORD.pack(data[start : start + RECORD.size])
            (payload,) = RECORD.unpack(record)
            self.transport.write(payload.rstrip(b"\0"))

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    await server.serve_forever()


asyncio.run(main())
