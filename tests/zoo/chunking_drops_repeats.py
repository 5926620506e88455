"""A read equal to the one before is dropped as a duplicate; TCP never delivers anything twice.

Clause: chunking/byte-by-byte
Trigger: the same bytes in two reads in a row
Profile: concurrent
Grade: nasty
Cause: repetitions-dropped
"""

import asyncio
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    previous = b""
    try:
        while data := await reader.read(1024):
            if data == previous:  # sent again by mistake
                continue
            writer.write(data)
            await writer.drain()
            previous = data
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    async with await asyncio.start_server(echo, "127.0.0.1", port) as server:
        await server.serve_forever()


asyncio.run(main())
