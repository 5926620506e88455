"""
Bug: writer.drain() is called without await, so it does nothing: the server reads on while a client
    takes nothing, and keeps all of it in memory.
Cause: unbounded-buffer
Profile: concurrent
Port: $PORT
"""

import asyncio
import contextlib
import os


async def handle_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def main() -> None:
    server = await asyncio.start_server(
        handle_echo, "127.0.0.1", int(os.environ["PORT"]), backlog=512, reuse_address=True
    )
    addresses = ", ".join(str(sock.getsockname()) for sock in server.sockets)
    print(f"Serving on {addresses}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
