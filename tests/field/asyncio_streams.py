"""Echo with asyncio streams; a third argument `uvloop` runs it on that event loop."""

import asyncio
import importlib
import sys


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main(host: str, port: int) -> None:
    """Serve for ever."""
    server = await asyncio.start_server(echo, host, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    library = importlib.import_module("uvloop" if "uvloop" in sys.argv else "asyncio")
    library.run(main(sys.argv[1], int(sys.argv[2])))
