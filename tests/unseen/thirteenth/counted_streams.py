"""
Bug: one asyncio.Lock of the server protects the counters, and `await writer.drain()` is inside of
    it. While one client does not take its answers drain() waits, and with it everybody who wants
    the lock.
Cause: blocked-by-stalled-reader
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
from dataclasses import dataclass, field


@dataclass
class Counters:
    messages: int = 0
    octets: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class EchoService:
    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.counters = Counters()

    async def send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        async with self.counters.lock:
            writer.write(data)
            await writer.drain()
            self.counters.messages += 1
            self.counters.octets += len(data)

    async def on_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(32768):
                await self.send(writer, data)
        except (ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()
            try:
                await writer.wait_closed()
            except (ConnectionError, TimeoutError):
                pass

    async def run(self) -> None:
        server = await asyncio.start_server(self.on_client, self.host, self.port, backlog=512)
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    service = EchoService("127.0.0.1", int(os.environ["PORT"]))
    asyncio.run(service.run())
