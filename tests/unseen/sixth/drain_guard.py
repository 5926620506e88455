"""
Bug: drain() may take half a second, then the client counts as dead and its connection is aborted,
    although it only reads slowly.
Cause: gives-up-on-slow-reader
Profile: concurrent
Port: 20103
"""

import argparse
import asyncio
import logging

logger = logging.getLogger("mirror")


class Mirror:
    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.served = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served += 1
        try:
            await self._reflect(reader, writer)
        except TimeoutError:
            logger.warning("client %d is dead", self.served)
            writer.transport.abort()
        except ConnectionError as error:
            logger.info("lost: %s", error)
        finally:
            writer.close()

    async def _reflect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            writer.write(await reader.read(65536))
            await asyncio.wait_for(writer.drain(), self.patience)


async def serve(options: argparse.Namespace) -> None:
    mirror = Mirror(options.patience)
    server = await asyncio.start_server(mirror, "127.0.0.1", options.port, backlog=128)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description="send back what comes")
    parser.add_argument("--port", type=int, default=20103)
    parser.add_argument("--patience", type=float, default=0.5)
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
