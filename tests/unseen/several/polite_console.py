"""
Bug: a welcome is sent first, white space at both ends of a message is stripped, and the word bye
    ends the conversation.
Cause: banner
Cause: strips-whitespace
Cause: magic-word
Caught by: identity/nothing-extra, identity/edge-whitespace
Profile: concurrent
Port: 21104
"""

import asyncio

FAREWELLS = {b"bye", b"exit", b"quit"}


async def console(reader, writer):
    writer.write(b"Welcome!\n")
    try:
        async for message in messages(reader):
            if message.lower() in FAREWELLS:
                break
            writer.write(message)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def messages(reader):
    while data := await reader.read(4096):
        yield data.strip()


async def main():
    server = await asyncio.start_server(console, "127.0.0.1", 21104, backlog=100)
    await server.serve_forever()


asyncio.run(main())
