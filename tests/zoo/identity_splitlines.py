"""splitlines() breaks text at ten different separators and the reply is joined again with LF alone.

Clause: identity/newlines
Trigger: CR, CRLF, VT, FF, FS, GS, RS or NEL
Profile: concurrent
Grade: nasty
Cause: newline-translated | line-ends-dropped
"""

import asyncio
import os


def answer(data: bytes) -> bytes:
    text = data.decode("latin-1")
    reply = "\n".join(text.splitlines())
    if text.endswith("\n"):
        reply += "\n"
    return reply.encode("latin-1")


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1024):
            writer.write(answer(data))
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    async with await asyncio.start_server(handle, "127.0.0.1", port) as server:
        await server.serve_forever()


asyncio.run(main())
