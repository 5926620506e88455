"""
Bug: after a read at_eof() is asked before the answer is written, so what comes together with the
    client's end is not sent back
Cause: end-with-data-lost
Also: half-close-ends-at-once
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import os
import signal

HOST = "127.0.0.1"
READ_SIZE = 64 * 1024


class EchoService:
    """An echo service that can be stopped with SIGTERM or SIGINT."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.stopping = asyncio.Event()

    async def read_or_stop(self, reader: asyncio.StreamReader) -> bytes:
        """The next bytes, or none when the service is to stop."""
        read = asyncio.ensure_future(reader.read(READ_SIZE))
        stop = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({read, stop}, return_when=asyncio.FIRST_COMPLETED)
            return read.result() if read.done() else b""
        finally:
            read.cancel()
            stop.cancel()

    async def handle_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while not self.stopping.is_set():
                data = await self.read_or_stop(reader)
                if not data or reader.at_eof():
                    break
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        server = await asyncio.start_server(self.handle_client, self.host, self.port, backlog=1024)
        await self.stopping.wait()
        server.close()


async def main() -> None:
    await EchoService(HOST, int(os.environ["PORT"])).run()


if __name__ == "__main__":
    asyncio.run(main())
