"""A farewell is sent when the client has finished, so the stream ends with bytes nobody sent.

Clause: identity/nothing-extra
Trigger: a half-close, reading on to the end of stream
Profile: concurrent
Grade: realistic
Cause: farewell
"""

import asyncio
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1024):
            writer.write(data)
            await writer.drain()
        writer.write(b"bye\n")
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
