"""
Bug: nobody awaits drain(), so the server goes on reading from a client that takes no answers, and
    keeps all of it in memory.
Cause: unbounded-buffer
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


async def handle(reader, writer):
    try:
        while data := await reader.read(32768):
            writer.write(data)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", os.environ["PORT"], backlog=200)
    async with server:
        await server.serve_forever()


asyncio.run(main())
