"""The asyncio server is made with start_serving=False and never started: bound, no listener.

Clause: launch/listens
Trigger: none, waiting for the listener is enough
Profile: concurrent
Grade: realistic
Cause: not-listening
"""

import asyncio
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1024):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    server = await asyncio.start_server(echo, "127.0.0.1", port, start_serving=False)
    async with server:
        await asyncio.Event().wait()


asyncio.run(main())
