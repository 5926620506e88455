"""A watchdog that finds its tick late by half a second supposes that the machine has slept, and
aborts all connections as stale.

Clause: resilience/pause-resume
Trigger: the process is stopped for more than half a second
Profile: concurrent
Grade: nasty
Cause: signal-breaks
"""

import asyncio
import os
import time

clients = set()


async def handle(reader, writer):
    clients.add(writer)
    try:
        while data := await reader.read(16384):
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        writer.close()
    finally:
        clients.discard(writer)


async def watchdog(tick=0.2, late=0.5):
    while True:
        before = time.monotonic()
        await asyncio.sleep(tick)
        if time.monotonic() - before > tick + late:
            for writer in list(clients):
                writer.transport.abort()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await asyncio.gather(server.serve_forever(), watchdog())


if __name__ == "__main__":
    asyncio.run(main())
