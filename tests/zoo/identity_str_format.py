"""format() is applied to the whole reply instead of the server's own part: braces are interpreted.

Clause: identity/format-directives
Trigger: a brace
Profile: concurrent
Grade: realistic
Cause: format-string
"""

import asyncio
import os


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    prefix = ""
    try:
        while data := await reader.read(1024):
            reply = (prefix + data.decode("latin-1")).format(peer=writer.get_extra_info("peername"))
            writer.write(reply.encode("latin-1"))
            await writer.drain()
    except ConnectionError:
        pass
    except (KeyError, IndexError, ValueError, AttributeError):
        writer.write(b"bad template\n")
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", int(os.environ.get("PORT", "0")))
    async with server:
        await server.serve_forever()


asyncio.run(main())
