"""
Bug: each read is decoded to be printed; bytes that are no UTF-8, or a letter that two reads share,
    raise a UnicodeDecodeError which ends the connection.
Cause: decodes-text
Also: decodes-each-read
Profile: concurrent
Port: 21988
"""

import asyncio


async def handle_echo(reader, writer):
    addr = writer.get_extra_info("peername")
    try:
        while True:
            data = await reader.read(400)
            if not data:
                print("Close the connection")
                break
            message = data.decode()
            print(f"Received {message!r} from {addr!r}")
            writer.write(data)
            await writer.drain()
    except ConnectionError as error:
        print(f"Lost {addr!r}: {error}")
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(handle_echo, "127.0.0.1", 21988)
    addrs = ", ".join(str(sock.getsockname()) for sock in server.sockets)
    print(f"Serving on {addrs}")
    async with server:
        await server.serve_forever()


asyncio.run(main())
