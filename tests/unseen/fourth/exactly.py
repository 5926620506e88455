"""
Bug: each message is read with readexactly(256), which waits until there are as many bytes, so a
    shorter message is only answered when more comes or the client ends.
Cause: waits-for-full-buffer
Also: fixed-message-size
Caught by: chunking/prompt
Profile: concurrent
Port: $PORT
"""

import asyncio
import os

RECORD = 256


async def echo(reader, writer):
    try:
        while True:
            try:
                record = await reader.readexactly(RECORD)
            except asyncio.IncompleteReadError as error:
                writer.write(error.partial)
                await writer.drain()
                break
            writer.write(record)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve():
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
