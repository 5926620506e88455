"""
Style: a ThreadPoolExecutor with places for 300 clients; whoever comes later waits in its queue.
    Reads have odd sizes that change from one to the next.
Profile: concurrent
Port: $PORT
"""

import itertools
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor


def handle(conn: socket.socket) -> int:
    done = 0
    with conn:
        try:
            for size in itertools.cycle((1, 3000, 17, 65536, 999)):
                data = conn.recv(size)
                if not data:
                    break
                conn.sendall(data)
                done += len(data)
        except OSError:
            pass
    return done


def main() -> None:
    pool = ThreadPoolExecutor(max_workers=300, thread_name_prefix="echo")
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=256)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        pool.submit(handle, conn)


main()
