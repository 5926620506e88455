"""
Bug: getpeername() fails for a client that has already reset its connection, and that error comes
    between acquire() and release(); the lock stays taken, and nobody new is served any more.
Cause: lock-kept
Profile: concurrent
Port: $PORT
"""

import asyncio
import os

lock = asyncio.Lock()
visits: dict[str, int] = {}


async def sign_in(writer):
    await lock.acquire()
    host, _port = writer.get_extra_info("socket").getpeername()
    visits[host] = visits.get(host, 0) + 1
    lock.release()


async def client_connected(reader, writer):
    try:
        await sign_in(writer)
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(
        client_connected, "127.0.0.1", int(os.environ["PORT"]), reuse_address=True
    )
    async with server:
        await server.serve_forever()


asyncio.run(main())
