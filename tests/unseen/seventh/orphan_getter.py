"""
Bug: after each pause of 1.2 seconds a new task waits for the queue, and the old one is forgotten
    but still first in the line: it takes the next piece, which is lost.
Cause: none-of-these
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
from dataclasses import dataclass, field

TICK = 1.2


@dataclass
class Session:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    queue: asyncio.Queue = field(default_factory=lambda: asyncio.Queue(16))
    idle_ticks: int = 0

    async def produce(self) -> None:
        try:
            while chunk := await self.reader.read(8192):
                await self.queue.put(chunk)
        except ConnectionError:
            pass
        await self.queue.put(None)

    async def consume(self) -> None:
        while True:
            getter = asyncio.create_task(self.queue.get())
            done, _pending = await asyncio.wait({getter}, timeout=TICK)
            if not done:
                # Nothing to do: count it for the statistics and look again.
                self.idle_ticks += 1
                continue
            chunk = getter.result()
            if chunk is None:
                return
            self.writer.write(chunk)
            await self.writer.drain()

    async def run(self) -> None:
        producer = asyncio.create_task(self.produce())
        try:
            await self.consume()
        finally:
            producer.cancel()
            self.writer.close()


async def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await Session(reader, writer).run()
    except OSError:
        pass


async def main() -> None:
    server = await asyncio.start_server(on_connect, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
