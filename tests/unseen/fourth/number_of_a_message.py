"""
Bug: a message is made into a number and back, as for the RSA exercise that comes next; NUL bytes at
    the start of a read are leading zeros and do not come back.
Cause: none-of-these
Caught by: identity/nul-bytes
Profile: concurrent
Port: $PORT
"""

import asyncio
import os


def to_number(message: bytes) -> int:
    return int.from_bytes(message, "big")


def to_bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def encrypt(number: int) -> int:
    return number  # exercise 2


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while message := await reader.read(512):
            writer.write(to_bytes(encrypt(to_number(message))))
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
