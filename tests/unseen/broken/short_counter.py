"""
Bug: the number of bytes received is kept in a ctypes.c_uint16; after 65536 bytes it is zero again
    and the server takes that for an empty connection and closes it.
Cause: counter-wraps
Also: bytes-quota
Caught by: identity/long-stream
Profile: concurrent
Port: 21028
"""

import asyncio
import ctypes
from dataclasses import dataclass, field


@dataclass
class Statistics:
    received: ctypes.c_uint16 = field(default_factory=ctypes.c_uint16)

    def add(self, count: int) -> None:
        self.received.value += count

    @property
    def empty(self) -> bool:
        return self.received.value == 0


async def serve(reader, writer):
    statistics = Statistics()
    try:
        while True:
            data = await reader.read(1024)
            statistics.add(len(data))
            if not data or statistics.empty:
                break
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 21028)
    async with server:
        await server.serve_forever()


asyncio.run(main())
