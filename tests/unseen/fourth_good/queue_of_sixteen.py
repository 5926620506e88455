"""
Style: two asyncio tasks for each client with a queue of 16 chunks between them; the end travels
    through the queue as None. When one task fails the other is cancelled.
Profile: concurrent
Port: 29103
"""

import asyncio

PORT = 29103


async def receive(reader, queue):
    while True:
        data = await reader.read(9000)
        await queue.put(data or None)
        if not data:
            return


async def deliver(queue, writer):
    while (data := await queue.get()) is not None:
        writer.write(data)
        await writer.drain()


async def serve(reader, writer):
    queue = asyncio.Queue(maxsize=16)
    both = [
        asyncio.ensure_future(receive(reader, queue)),
        asyncio.ensure_future(deliver(queue, writer)),
    ]
    try:
        await asyncio.gather(*both)
    except OSError:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", PORT)
    async with server:
        await server.serve_forever()


asyncio.run(main())
