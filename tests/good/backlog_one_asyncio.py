"""An event loop behind listen(1): it accepts when its turn comes, and not before.

Style: asyncio Protocol, a small backlog
Profile: concurrent
"""

import asyncio
import os
from typing import cast


class Echo(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def eof_received(self) -> bool:
        # Both wait for the bytes still in the buffer: the end of stream comes after the last byte.
        self.transport.write_eof()
        self.transport.close()
        return True


async def main() -> None:
    loop = asyncio.get_running_loop()
    port = int(os.environ.get("PORT", "0"))
    server = await loop.create_server(Echo, "127.0.0.1", port, backlog=1)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
