"""
Bug: the coroutine returns at the end of the stream without closing the writer; the client waits
    for an end that never comes.
Cause: never-closes
Caught by: shutdown/after-echo
Profile: concurrent
Port: $PORT
"""

import asyncio
import os

connections = set()


async def echo(reader, writer):
    connections.add(writer)
    try:
        while not reader.at_eof():
            writer.write(await reader.read(2**14))
            await writer.drain()
    except ConnectionError as lost:
        print("lost:", lost)
        writer.close()
    connections.discard(writer)
    finished.append(writer)


finished = []


async def main():
    server = await asyncio.start_server(echo, port=os.environ["PORT"], host="127.0.0.1")
    await server.serve_forever()


asyncio.run(main())
