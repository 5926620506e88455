"""Echo with trio, after its tutorial: a crash of one connection is told and stays its own."""

# mypy: ignore-errors

import sys
from functools import partial

import trio


async def echo(stream):
    """Serve one connection."""
    # One connection's trouble must not end the others: all is caught, as in the tutorial.
    try:
        async for data in stream:
            await stream.send_all(data)
    except Exception as error:
        print(f"connection ended with {error!r}", flush=True)


if __name__ == "__main__":
    host, port = sys.argv[1:]
    trio.run(partial(trio.serve_tcp, echo, int(port), host=host))
