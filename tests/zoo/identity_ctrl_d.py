"""Ctrl-D in the data is taken for the end of the stream, as a terminal would; it is only a byte.

Clause: identity/control-bytes
Trigger: the byte 0x04
Profile: concurrent
Grade: realistic
Cause: magic-byte
"""

import asyncio
import os

CTRL_D = b"\x04"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    ended = False
    try:
        while not ended:
            data = await reader.read(1024)
            text, mark, _ = data.partition(CTRL_D)
            writer.write(text)
            await writer.drain()
            ended = not data or bool(mark)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    server = await asyncio.start_server(echo, host="127.0.0.1", port=port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
