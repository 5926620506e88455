"""Style: UDP; a pool of threads answers, so answers may overtake one another, as datagrams may
Profile: sequential
Transport: udp
Port: $PORT
"""

import os
import queue
import socket
import threading

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(os.environ["PORT"])))
work = queue.LifoQueue(512)


def answer():
    while True:
        data, peer = work.get()
        try:
            sock.sendto(data, peer)
        except OSError:
            pass


for _ in range(4):
    threading.Thread(target=answer, daemon=True).start()
while True:
    item = sock.recvfrom(65536)
    try:
        work.put_nowait(item)
    except queue.Full:
        pass
