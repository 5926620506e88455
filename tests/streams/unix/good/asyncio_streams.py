"""asyncio's streams on a Unix socket.

Style: asyncio.start_unix_server
Profile: concurrent
"""

import asyncio
import contextlib
import os

path = os.environ["SOCKET_PATH"]


async def serve(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main():
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    server = await asyncio.start_unix_server(serve, path)
    async with server:
        await server.serve_forever()


asyncio.run(main())
