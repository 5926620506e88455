"""A DatagramProtocol of asyncio.

Style: asyncio
Profile: sequential
"""

import asyncio
import os
from typing import Any

PORT = int(os.environ.get("PORT", "0"))


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


async def main() -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", PORT))
    await asyncio.Event().wait()


asyncio.run(main())
