"""
Bug: when the client has ended its side the task that writes is cancelled, with all that still lies
    in its queue.
Cause: pending-dropped-at-end
Also: end-with-data-lost
Caught by: shutdown/lagging-reader
Profile: concurrent
Port: 29003
"""

import asyncio

PORT = 29003


class Session:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.outgoing = asyncio.Queue(maxsize=20)

    async def receive(self):
        while True:
            data = await self.reader.read(3000)
            if not data:
                return
            await self.outgoing.put(data)

    async def deliver(self):
        while True:
            data = await self.outgoing.get()
            self.writer.write(data)
            await self.writer.drain()

    async def run(self):
        tasks = {asyncio.create_task(self.receive()), asyncio.create_task(self.deliver())}
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.writer.close()


async def on_client(reader, writer):
    await Session(reader, writer).run()


async def main():
    server = await asyncio.start_server(on_client, "127.0.0.1", PORT)
    async with server:
        await server.serve_forever()


asyncio.run(main())
