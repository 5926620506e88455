"""
Bug: the bytes go through an incremental decoder with errors="replace", so what is no UTF-8 comes
    back as the three bytes of U+FFFD.
Cause: lossy-decoding
Also: partial-held-back
Caught by: identity/invalid-utf8
Profile: concurrent
Port: 29002
"""

import asyncio
import codecs

HOST, PORT = "127.0.0.1", 29002
new_decoder = codecs.getincrementaldecoder("utf-8")


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    decoder = new_decoder(errors="replace")
    try:
        while chunk := await reader.read(2000):
            # A character may be cut in two by the network: the decoder keeps its first half.
            writer.write(decoder.decode(chunk).encode())
            await writer.drain()
        writer.write(decoder.decode(b"", final=True).encode())
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(talk, HOST, PORT)
    async with server:
        await server.serve_forever()


asyncio.run(main())
