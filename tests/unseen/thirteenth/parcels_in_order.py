"""
Bug: the task that delivers is not awaited before the connection is closed: what is still
    under way when the client ends its side is never sent.
Cause: pending-dropped-at-end
Also: end-with-data-lost
Profile: concurrent
Port: $PORT
"""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor

UNDER_WAY = 8
tasks: set[asyncio.Task] = set()

pool = ThreadPoolExecutor(max_workers=6)


def work(number: int, data: bytes) -> bytes:
    """Some work on a piece, which takes longer for some of the pieces than for others."""
    if number % 5 == 2:
        time.sleep(0.001)
    return bytes(reversed(bytes(reversed(data))))


async def deliver(parcels: asyncio.Queue, writer: asyncio.StreamWriter) -> None:
    """Send the results in the order of their numbers, until the parcel that is None."""
    while (parcel := await parcels.get()) is not None:
        result = await parcel
        if not writer.is_closing():
            writer.write(result)
            try:
                await writer.drain()
            except ConnectionError:
                writer.close()  # go on with the queue, so that nobody waits for a place in it


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    parcels: asyncio.Queue = asyncio.Queue(UNDER_WAY)
    tasks.add(delivery := asyncio.create_task(deliver(parcels, writer)))
    delivery.add_done_callback(tasks.discard)
    number = 0
    try:
        while data := await reader.read(10_000):
            number += 1
            await parcels.put(loop.run_in_executor(pool, work, number, data))
    except ConnectionError:
        pass
    await parcels.put(None)
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]), backlog=128)
    async with server:
        await server.serve_forever()


asyncio.run(main())
