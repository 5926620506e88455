"""Bug: at the client's end the server ends its own side and keeps the transport open, which then
    nobody ever closes: each client that was served leaves a descriptor behind.
Cause: descriptor-leak
Profile: concurrent
Port: $PORT
"""

import asyncio
import os

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])
BACKLOG = 1024


class EchoProtocol(asyncio.Protocol):
    """Echo protocol with flow control and proper half-close support."""

    def __init__(self, registry: set["EchoProtocol"]) -> None:
        self._registry = registry
        self._transport: asyncio.Transport | None = None
        self._bytes_echoed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=256 * 1024)
        self._registry.add(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)
        self._bytes_echoed += len(data)

    def pause_writing(self) -> None:
        """Stop reading while the peer cannot keep up."""
        assert self._transport is not None
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer has caught up, continue reading."""
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def eof_received(self) -> bool:
        """The peer will not send any more: finish our direction as well."""
        assert self._transport is not None
        if self._transport.can_write_eof():
            self._transport.write_eof()
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._registry.discard(self)
        self._transport = None


async def main() -> None:
    loop = asyncio.get_running_loop()
    connections: set[EchoProtocol] = set()
    server = await loop.create_server(
        lambda: EchoProtocol(connections),
        HOST,
        PORT,
        backlog=BACKLOG,
        reuse_address=True,
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
