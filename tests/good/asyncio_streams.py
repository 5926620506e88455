"""asyncio streams; awaiting drain after each write keeps the reply buffer small.

Style: asyncio streams with drain
Profile: concurrent
"""

import asyncio
import contextlib
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    server = await asyncio.start_server(echo, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
