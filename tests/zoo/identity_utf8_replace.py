"""Invalid UTF-8 is decoded to the replacement character and goes back as EF BF BD.

Clause: identity/invalid-utf8
Trigger: a byte sequence that is not valid UTF-8
Profile: concurrent
Grade: realistic
Cause: lossy-decoding | decodes-each-read
"""

import asyncio
import os


class EchoProtocol(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        message = data.decode(errors="replace")
        self.transport.write(message.encode())

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


async def main() -> None:
    loop = asyncio.get_running_loop()
    port = int(os.environ.get("PORT", "0"))
    server = await loop.create_server(EchoProtocol, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


asyncio.run(main())
