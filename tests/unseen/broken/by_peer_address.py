"""
Bug: writers are kept in a dict by the client's IP address without its port; a second client from
    the same machine replaces the first, whose answers then go to the second.
Cause: shared-buffer
Caught by: sessions/no-crosstalk
Profile: concurrent
Port: 21025
"""

import asyncio

clients: dict[str, asyncio.StreamWriter] = {}


async def answer(host: str, data: bytes) -> None:
    writer = clients[host]
    writer.write(data)
    await writer.drain()


async def connected(reader, writer):
    host, _port = writer.get_extra_info("peername")
    clients[host] = writer
    try:
        while data := await reader.read(8192):
            await answer(host, data)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(connected, "127.0.0.1", 21025)
    await server.serve_forever()


asyncio.run(main())
