"""
Bug: a reading and a writing task share a queue; as soon as the reading one has seen the client's
    end the writing one is cancelled, with all that still stands in the queue. A client that reads
    late loses the end of its data.
Cause: pending-dropped-at-end
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import os

QUEUE_LENGTH = 32
CHUNK = 64 * 1024


async def receive(reader: asyncio.StreamReader, queue: asyncio.Queue) -> None:
    while chunk := await reader.read(CHUNK):
        await queue.put(chunk)


async def transmit(queue: asyncio.Queue, writer: asyncio.StreamWriter) -> None:
    while True:
        chunk = await queue.get()
        writer.write(chunk)
        await writer.drain()


async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Run both directions; when either of them is over, so is the session."""
    queue: asyncio.Queue = asyncio.Queue(QUEUE_LENGTH)
    tasks = [
        asyncio.create_task(receive(reader, queue)),
        asyncio.create_task(transmit(queue, writer)),
    ]
    try:
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()


async def main() -> None:
    server = await asyncio.start_server(session, "127.0.0.1", int(os.environ["PORT"]), backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
