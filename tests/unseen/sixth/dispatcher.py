"""
Bug: one task delivers the answers of all clients from one queue and waits for each to be taken, so
    a client that does not read holds up everybody.
Cause: blocked-by-stalled-reader
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field


@dataclass
class Delivery:
    to: asyncio.StreamWriter
    body: bytes


@dataclass
class Exchange:
    mail: asyncio.Queue[Delivery] = field(default_factory=lambda: asyncio.Queue(maxsize=64))

    async def postman(self) -> None:
        while True:
            letter = await self.mail.get()
            if not letter.body:
                letter.to.close()
            elif not letter.to.is_closing():
                letter.to.write(letter.body)
                try:
                    await letter.to.drain()
                except ConnectionError:
                    letter.to.close()

    async def counter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = b" "
        while body:
            try:
                body = await reader.read(16384)
            except ConnectionError:
                body = b""
            await self.mail.put(Delivery(writer, body))


async def main() -> None:
    exchange = Exchange()
    postman = asyncio.create_task(exchange.postman())
    server = await asyncio.start_server(exchange.counter, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await postman


asyncio.run(main())
