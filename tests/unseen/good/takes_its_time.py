"""
Style: asyncio; waits a twentieth of a second before a connection is served, and before it is
    closed
Profile: concurrent
Port: 21202
"""

import asyncio


async def echo(reader, writer):
    await asyncio.sleep(0.05)
    try:
        while data := await reader.read(50_000):
            for start in range(0, len(data), 1000):
                writer.write(data[start : start + 1000])
            await writer.drain()
        writer.write_eof()
        await asyncio.sleep(0.05)
    except (ConnectionError, OSError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 21202, limit=2**18, backlog=256)
    async with server:
        await server.serve_forever()


asyncio.run(main())
