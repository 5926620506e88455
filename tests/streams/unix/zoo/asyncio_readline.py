"""readline() waits for a newline, so a message without one is answered only at the end.

Clause: chunking/prompt
Trigger: a message without a newline
Profile: concurrent
Grade: obvious
Cause: waits-for-newline
"""

import asyncio
import contextlib
import os

path = os.environ["SOCKET_PATH"]


async def serve(reader, writer):
    with contextlib.suppress(ConnectionError):
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    writer.close()


async def main():
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    server = await asyncio.start_unix_server(serve, path, limit=1 << 26)
    async with server:
        await server.serve_forever()


asyncio.run(main())
