"""
Style: asyncio without drain(): before it reads again it looks how much waits in the transport, and
    sleeps in short steps while that is more than 256 KiB.
Profile: concurrent
Port: $PORT
"""

import asyncio
import os

LEVEL = 256 * 1024


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    transport = writer.transport
    try:
        while data := await reader.read(LEVEL):
            writer.write(data)
            while transport.get_write_buffer_size() > LEVEL and not transport.is_closing():
                await asyncio.sleep(0.05)
    except ConnectionError:
        pass
    # close() sends what waits, in the background, and then ends the connection.
    transport.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ["PORT"]), backlog=200)
    await server.serve_forever()


asyncio.run(main())
