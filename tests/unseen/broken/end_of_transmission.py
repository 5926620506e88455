"""
Bug: the byte 0x04 (Ctrl-D, "end of transmission") is taken for the end: the connection is closed
    when it appears anywhere in the data.
Cause: magic-byte
Caught by: identity/every-byte-value, identity/control-bytes
Profile: concurrent
Port: 21015
"""

import asyncio

EOT = 4


async def session(reader, writer):
    try:
        while data := await reader.read(4096):
            if EOT in data:
                break
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(session, "127.0.0.1", 21015, backlog=128) as server:
        await server.serve_forever()


asyncio.run(main())
