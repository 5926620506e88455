"""The asyncio documentation's shape of a "TCP echo server", by protocol: one read, then close."""

import asyncio
import sys
from typing import cast


class Echo(asyncio.Protocol):
    """Answers the first data and closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer once."""
        self.transport.write(data)
        self.transport.close()


async def main(host: str, port: int) -> None:
    """Serve for ever."""
    server = await asyncio.get_running_loop().create_server(Echo, host, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
