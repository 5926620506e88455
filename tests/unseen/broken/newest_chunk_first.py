"""
Bug: chunks that wait for their turn are appended to a deque and taken with pop(), from the same
    end; as soon as two wait, the newer one is sent first.
Cause: queue-order
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
from collections import deque


class Client:
    """A reader fills the deque, a writer empties it; at most 64 chunks wait."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.chunks = deque()
        self.changed = asyncio.Condition()
        self.ended = False

    async def read(self):
        while data := await self.reader.read(16384):
            async with self.changed:
                await self.changed.wait_for(lambda: len(self.chunks) < 64)
                self.chunks.append(data)
                self.changed.notify_all()
        async with self.changed:
            self.ended = True
            self.changed.notify_all()

    async def write(self):
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda: self.chunks or self.ended)
                if not self.chunks:
                    return
                data = self.chunks.pop()
                self.changed.notify_all()
            self.writer.write(data)
            await self.writer.drain()


async def on_connect(reader, writer):
    client = Client(reader, writer)
    tasks = [asyncio.create_task(client.read()), asyncio.create_task(client.write())]
    try:
        await asyncio.gather(*tasks)
    except ConnectionError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        writer.close()


async def main():
    server = await asyncio.start_server(on_connect, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
