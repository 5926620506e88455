"""eof_received() aborts the transport, which throws away what still waits in its write buffer.

Clause: shutdown/lagging-reader
Trigger: more data than the socket buffers hold to a slow reader, then a half-close
Profile: concurrent
Grade: nasty
Cause: pending-dropped-at-end | half-close-ends-at-once
"""

import asyncio
import os

MIB = 1024 * 1024


class Echo(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=16 * MIB)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def eof_received(self) -> None:
        self.transport.abort()

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
