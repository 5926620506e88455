"""Each connection gets two seconds when it begins, and is cut off then, however busy it is.

Clause: shutdown/not-early
Trigger: messages to and fro for more than two seconds
Profile: concurrent
Grade: realistic
Cause: time-limit
"""

import asyncio
import os

SECONDS = 2.0


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await asyncio.wait_for(serve(reader, writer), SECONDS)
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
