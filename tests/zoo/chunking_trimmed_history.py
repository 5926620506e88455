"""When the history is trimmed at 1 MiB the send position is not moved, and one read is lost.

Clause: chunking/cumulative
Trigger: more than 1048576 bytes on one connection
Profile: concurrent
Grade: nasty
Cause: ring-wrap
"""

import asyncio
import os

LIMIT = 1024 * 1024


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    history = bytearray()
    sent = 0
    try:
        while data := await reader.read(1024):
            history += data
            if len(history) > LIMIT:
                del history[: LIMIT // 2]
            writer.write(bytes(history[sent:]))
            sent = len(history)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
