"""Each read becomes a task, and big ones take the way through a thread: small ones overtake them.

Clause: chunking/one-write-many-reads
Trigger: a big read and a small one close behind it
Profile: concurrent
Grade: nasty
Cause: answers-overtake | queue-order
"""

import asyncio
import os
import zlib


async def reply(writer: asyncio.StreamWriter, data: bytes) -> None:
    if len(data) > 256:
        await asyncio.to_thread(zlib.crc32, data)
    writer.write(data)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    tasks: list[asyncio.Task[None]] = []
    try:
        while data := await reader.read(1024):
            tasks.append(asyncio.create_task(reply(writer, data)))
            if len(tasks) == 64:
                await asyncio.gather(*tasks)
                tasks.clear()
            await writer.drain()
        await asyncio.gather(*tasks)
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
