"""
Bug: the server sleeps for half a second before each answer, "to simulate work"; whoever sends
    many small messages waits for minutes.
Cause: slow-each-time
Caught by: none today
Profile: concurrent
Port: 21018
"""

import asyncio


async def work(data: bytes) -> bytes:
    await asyncio.sleep(0.5)
    return data


async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while request := await reader.read(65536):
            writer.write(await work(request))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(handler, "127.0.0.1", 21018)
    await server.serve_forever()


asyncio.run(main())
