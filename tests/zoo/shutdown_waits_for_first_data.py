"""An empty first read is taken for "nothing there yet", so a silent client is never let go.

Clause: shutdown/at-once
Trigger: a half-close before any data
Profile: concurrent
Grade: nasty
Cause: waits-for-first-data
"""

import asyncio
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while not (data := await reader.read(1024)):
            await asyncio.sleep(0.05)
        while data:
            writer.write(data)
            await writer.drain()
            data = await reader.read(1024)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
