"""
Bug: what was read is cut into records of four bytes with the zip idiom, which drops the last one or
    more bytes where the length of the read is no multiple of four.
Cause: rest-of-read-discarded
Also: fixed-message-size
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import os

RECORD = 4


def records(block: bytes):
    """The block as records of equal length."""
    positions = iter(block)
    return (bytes(group) for group in zip(*[positions] * RECORD, strict=False))


async def on_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(8192):
            writer.write(b"".join(records(block)))
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def main() -> None:
    server = await asyncio.start_server(on_client, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
