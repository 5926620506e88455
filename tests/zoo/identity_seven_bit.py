"""The eighth bit is cleared, as on old terminal lines, so every byte above 127 comes back changed.

Clause: identity/every-byte-value
Trigger: a byte above 127
Profile: concurrent
Grade: obvious
Cause: seven-bit
"""

import asyncio
import os

SEVEN_BITS = bytes(value & 0x7F for value in range(256))


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(4096):
            writer.write(data.translate(SEVEN_BITS))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    await server.serve_forever()


asyncio.run(main())
