"""
Bug: the coroutine calls itself for the next message, so after some hundred of them Python's limit
    of nested calls ends the connection.
Cause: recursion
Also: reads-quota
Beside: crash
Caught by: chunking/byte-by-byte
Profile: concurrent
Port: 29013
"""

import asyncio

PORT = 29013


async def next_message(reader, writer):
    data = await reader.read(1024)
    if not data:
        return
    writer.write(data)
    await writer.drain()
    await next_message(reader, writer)


async def connected(reader, writer):
    try:
        await next_message(reader, writer)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(connected, "127.0.0.1", PORT) as server:
        await server.serve_forever()


asyncio.run(main())
