"""Bug: each write is given two seconds; a client that does not take its data for longer than that
    is disconnected, and the rest of its answers is lost.
Cause: gives-up-on-slow-reader
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from dataclasses import dataclass

logging.basicConfig(stream=sys.stdout, level=logging.WARNING)
logger = logging.getLogger("echo")


@dataclass(frozen=True)
class ServerConfig:
    """Tunable parameters of the server."""

    host: str = "127.0.0.1"
    port: int = int(os.environ["PORT"])
    read_size: int = 16 * 1024
    write_timeout: float = 2.0
    backlog: int = 1024


class EchoServer:
    """A robust echo server built on asyncio streams."""

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self._clients: set[asyncio.StreamWriter] = set()

    async def _handle_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Echo everything a single client sends until it closes its side."""
        peer = writer.get_extra_info("peername")
        self._clients.add(writer)
        try:
            while True:
                data = await reader.read(self.config.read_size)
                if not data:
                    logger.debug("client %s finished", peer)
                    break
                writer.write(data)
                await asyncio.wait_for(writer.drain(), self.config.write_timeout)
        except TimeoutError:
            logger.warning("client %s is not responding", peer)
            writer.transport.abort()
        except ConnectionError as exc:
            logger.debug("client %s: %s", peer, exc)
        finally:
            self._clients.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def run(self) -> None:
        """Start listening and serve until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        server = await asyncio.start_server(
            self._handle_client,
            self.config.host,
            self.config.port,
            backlog=self.config.backlog,
            reuse_address=True,
        )
        await stop.wait()
        server.close()
        for writer in list(self._clients):
            writer.transport.abort()


if __name__ == "__main__":
    asyncio.run(EchoServer(ServerConfig()).run())
