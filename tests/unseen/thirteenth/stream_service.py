"""
Bug: write() of an asyncio stream only puts the data into the buffer of the transport, and nobody
    awaits drain(): while a client sends and does not read, the memory of the server grows.
Cause: unbounded-buffer
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import logging
import os

log = logging.getLogger("echo.streams")

CHUNK = 32 * 1024


class EchoService:
    """One coroutine per connection on top of asyncio streams."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.active = 0
        self.transferred = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        self.active += 1
        log.info("%s connected, %d active", peer, self.active)
        try:
            while chunk := await reader.read(CHUNK):
                writer.write(chunk)
                self.transferred += len(chunk)
        except ConnectionError as error:
            log.info("%s: %s", peer, error)
        finally:
            self.active -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            log.info("%s left, %d bytes so far", peer, self.transferred)

    async def run(self) -> None:
        server = await asyncio.start_server(self.handle, self.host, self.port, backlog=512)
        async with server:
            await server.serve_forever()


def main() -> None:
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "CRITICAL"))
    service = EchoService("127.0.0.1", int(os.environ["PORT"]))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(service.run())


if __name__ == "__main__":
    main()
