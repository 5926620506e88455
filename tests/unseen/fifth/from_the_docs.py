"""
Bug: the handler reads once, at most 100 bytes, answers and closes.
Cause: single-read
Caught by: shutdown/not-early
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


async def handle_echo(reader, writer):
    try:
        data = await reader.read(100)
        addr = writer.get_extra_info("peername")
        print(f"Received {data!r} from {addr!r}")
        writer.write(data)
        await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(handle_echo, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
