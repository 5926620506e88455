"""The line end is cut off each read and put back as one LF, so blanks before it are lost with it.

Clause: identity/edge-whitespace
Trigger: a blank, a tab or a second newline at the end of a read
Profile: concurrent
Grade: nasty
Cause: strips-whitespace
"""

import asyncio
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while not reader.at_eof():
            data = await reader.read(1024)
            line = data.rstrip()
            if data.endswith(b"\r\n"):
                line += b"\r\n"
            elif data.endswith(b"\n"):
                line += b"\n"
            writer.write(line)
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
