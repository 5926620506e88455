"""One read is taken for one line: lines that arrive together are cut after the first newline.

Clause: chunking/many-writes-one-read
Trigger: several lines in one read
Profile: concurrent
Grade: realistic
Cause: rest-of-read-discarded
"""

import asyncio
import os


class LineEcho(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        line, newline, _ = data.partition(b"\n")
        self.transport.write(line + newline)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(LineEcho, "127.0.0.1", int(os.environ.get("PORT", "0")))
    await server.serve_forever()


asyncio.run(main())
