"""asyncio on a listener that exists.

Style: asyncio.start_server(sock=...)
Profile: concurrent
"""

import asyncio
import contextlib
import socket


async def serve(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, sock=socket.socket(fileno=3))
    async with server:
        await server.serve_forever()


asyncio.run(main())
