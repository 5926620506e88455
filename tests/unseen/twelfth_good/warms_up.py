"""
Style: asyncio streams, which listen at once but are busy for a second and a half with a warm-up,
    so that the first clients wait in the queue of the system; then a cache of what lengths look
    like as text, and of answers to pieces that were seen already (at most 512 of both).
Profile: concurrent
Port: $PORT
"""

import asyncio
import functools
import os
import time


@functools.lru_cache(maxsize=512)
def answer(data):
    return bytes(data)


@functools.lru_cache(maxsize=512)
def words(size):
    return f"{size:,} bytes"


async def serve(reader, writer):
    total = 0
    try:
        while data := await reader.read(8_192):
            total += len(data)
            writer.write(answer(data))
            await writer.drain()
    except OSError:
        pass
    finally:
        words(total)
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]), backlog=300)
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        sum(number * number for number in range(10_000))
    async with server:
        await server.serve_forever()


asyncio.run(main())
