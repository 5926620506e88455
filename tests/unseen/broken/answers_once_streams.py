"""
Bug: each client gets an answer to the first thing it says and is then hung up on; there is no
    loop around the read.
Cause: single-read
Caught by: chunking/prompt, shutdown/not-early
Profile: concurrent
Port: 21001
"""

import asyncio


async def handle_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    peer = writer.get_extra_info("peername")
    try:
        data = await reader.read(65536)
        print(f"Received {len(data)} bytes from {peer}")
        writer.write(data)
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        print("Close the connection")
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(handle_echo, "127.0.0.1", 21001)
    async with server:
        await server.serve_forever()


asyncio.run(main())
