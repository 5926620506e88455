"""
Bug: the handler closes the writer and tells main that it is done without wait_closed(), so the
    event loop ends before what is still in the transport's buffer has been sent.
Cause: pending-dropped-at-end
Profile: one-shot
Port: $PORT
"""

import asyncio
import os


class OneShotServer:
    """Serves the first connection, then stops."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._finished = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._taken = False

    async def _on_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._taken:
            writer.close()
            return
        self._taken = True
        if self._server is not None:
            self._server.close()
        writer.transport.set_write_buffer_limits(high=1024 * 1024)
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
            self._finished.set()

    async def run(self) -> None:
        self._server = await asyncio.start_server(
            self._on_client, "127.0.0.1", self._port, backlog=100
        )
        await self._finished.wait()


async def main() -> None:
    await OneShotServer(int(os.environ["PORT"])).run()


if __name__ == "__main__":
    asyncio.run(main())
