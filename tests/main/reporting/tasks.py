"""An echo server with a task for each client; ``--fails`` lets it fail when that has gone."""

import asyncio
import os
import sys


async def serve(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()
    if "--fails" in sys.argv:
        raise ValueError("nobody sees this")


async def main():
    tasks = set()

    def begin(reader, writer):
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", int(os.environ["PORT"]), backlog=64)
    async with server:
        await server.serve_forever()


asyncio.run(main())
