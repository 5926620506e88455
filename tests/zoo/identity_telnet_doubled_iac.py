"""Replies are escaped for telnet, so that every byte 0xFF goes back twice.

Clause: identity/telnet-bytes
Trigger: a byte 0xFF
Profile: concurrent
Grade: realistic
Cause: telnet
"""

import asyncio
import os

IAC = b"\xff"


async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(2048):
            writer.write(data.replace(IAC, IAC + IAC))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(session, "127.0.0.1", int(os.environ.get("PORT", "0")))
    await server.serve_forever()


asyncio.run(main())
