"""
Bug: writer.write() is called without awaiting drain(), so while a client does not read, the
    server goes on reading from it and all answers pile up in the transport's memory.
Cause: unbounded-buffer
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import logging
import os

HOST = "127.0.0.1"
PORT = int(os.environ.get("PORT", "8888"))
CHUNK = 64 * 1024

logger = logging.getLogger("echo")


class EchoServer:
    """Asyncio echo server with a small amount of bookkeeping."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.active = 0

    async def handle_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        peer = writer.get_extra_info("peername")
        self.active += 1
        logger.info("%s connected, %d active", peer, self.active)
        try:
            while not reader.at_eof():
                data = await reader.read(CHUNK)
                if not data:
                    break
                writer.write(data)
                logger.debug("echoed %d bytes to %s", len(data), peer)
        except ConnectionError as error:
            logger.info("%s lost: %s", peer, error)
        finally:
            self.active -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            logger.info("%s closed", peer)

    async def run(self) -> None:
        server = await asyncio.start_server(
            self.handle_client, self.host, self.port, backlog=512, reuse_address=True
        )
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(EchoServer(HOST, PORT).run())
