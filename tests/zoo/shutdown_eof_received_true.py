"""eof_received() returns True, so asyncio leaves the transport open, and nobody closes it.

Clause: shutdown/releases
Trigger: any end of a connection
Profile: concurrent
Grade: realistic
Cause: never-closes
Beside: descriptor-leak
"""

import asyncio
import os


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def eof_received(self) -> bool:
        return True  # so that pending replies still go out

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
