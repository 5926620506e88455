"""Echo with Tornado's TCPServer and IOStream."""

# mypy: ignore-errors

import asyncio
import sys

from tornado.iostream import StreamClosedError
from tornado.tcpserver import TCPServer


class Echo(TCPServer):
    """Writes what arrives."""

    async def handle_stream(self, stream, address):
        """Serve one connection."""
        while True:
            try:
                data = await stream.read_bytes(65536, partial=True)
                await stream.write(data)
            except StreamClosedError:
                break


async def main(host, port):
    """Serve for ever."""
    Echo().listen(port, host)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
