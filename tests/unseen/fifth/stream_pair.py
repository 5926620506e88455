"""
Bug: drain() is never awaited, so what a client does not read is kept in memory without a limit.
Cause: unbounded-buffer
Caught by: partial-send/bounded-memory
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
