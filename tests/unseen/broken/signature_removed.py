"""
Bug: the three bytes EF BB BF at the start of a read are taken for a byte order mark and removed.
Cause: bom-dropped
Caught by: none today
Profile: concurrent
Port: 21016
"""

import asyncio
import codecs


def clean(data: bytes) -> bytes:
    """Windows editors put a signature in front of the text."""
    return data.removeprefix(codecs.BOM_UTF8)


async def client_connected(reader, writer):
    try:
        while data := await reader.read(2048):
            writer.write(clean(data))
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(client_connected, "127.0.0.1", 21016)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
