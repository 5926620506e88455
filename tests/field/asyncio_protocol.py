"""Echo with an asyncio protocol; a third argument `uvloop` runs it on that event loop."""

import asyncio
import importlib
import sys
from typing import cast


class Echo(asyncio.Protocol):
    """Writes what arrives; leaves the end of the stream to the transport."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)


async def main(host: str, port: int) -> None:
    """Serve for ever."""
    server = await asyncio.get_running_loop().create_server(Echo, host, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    library = importlib.import_module("uvloop" if "uvloop" in sys.argv else "asyncio")
    library.run(main(sys.argv[1], int(sys.argv[2])))
