"""A client that is silent for eight tenths of a second is taken for gone and is disconnected.

Clause: shutdown/idle-kept
Trigger: a silence of one second between two messages
Profile: concurrent
Grade: realistic
Cause: idle-timeout
"""

import asyncio
import os

IDLE_SECONDS = 0.8


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await asyncio.wait_for(reader.read(1024), timeout=IDLE_SECONDS):
            writer.write(data)
            await writer.drain()
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
