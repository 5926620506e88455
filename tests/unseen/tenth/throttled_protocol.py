"""
Bug: the method that begins reading again has a name that asyncio does not know (resume_reading in
    place of resume_writing), so it is never called: who has read slowly once is forgotten.
Cause: never-resumes
Also: deadlock-both-ways
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


class EchoProtocol(asyncio.Protocol):
    """Echo with flow control."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=64 * 1024, low=16 * 1024)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        # the peer does not keep up
        self.transport.pause_reading()

    def resume_reading(self) -> None:
        self.transport.resume_reading()

    def eof_received(self) -> bool:
        # the transport sends what it still has, and closes
        return False

    def connection_lost(self, exc) -> None:
        self.transport = None


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        EchoProtocol, host="127.0.0.1", port=int(os.environ["PORT"]), backlog=512
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
