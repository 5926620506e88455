"""Bug: the manager holds at most 256 connections, and closes the one that was quiet longest when
    another comes.
Cause: connection-limit, closes-before-client
Profile: concurrent
Port: $PORT
"""

import asyncio
import itertools
import os
from collections import OrderedDict
from contextlib import contextmanager, suppress


class ConnectionManager:
    """Knows the open connections, the least recently used one first."""

    def __init__(self, max_connections: int = 256) -> None:
        self._max_connections = max_connections
        self._connections: OrderedDict[int, asyncio.StreamWriter] = OrderedDict()
        self._ids = itertools.count(1)

    @contextmanager
    def track(self, writer: asyncio.StreamWriter):
        ident = next(self._ids)
        self._connections[ident] = writer
        self._trim()
        try:
            yield ident
        finally:
            self._connections.pop(ident, None)

    def touch(self, ident: int) -> None:
        if ident in self._connections:
            self._connections.move_to_end(ident)

    def _trim(self) -> None:
        while len(self._connections) > self._max_connections:
            _, writer = self._connections.popitem(last=False)
            writer.close()


class EchoService:
    def __init__(self, manager: ConnectionManager) -> None:
        self._manager = manager

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._manager.track(writer) as ident, suppress(OSError):
            while data := await reader.read(32768):
                self._manager.touch(ident)
                writer.write(data)
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def main() -> None:
    service = EchoService(ConnectionManager())
    port = int(os.environ["PORT"])
    server = await asyncio.start_server(service, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
