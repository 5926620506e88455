"""
Bug: three threads accept and serve in turn, and none of them catches an error of its client, so
    each reset ends one thread, and after three of them nobody accepts.
Cause: workers-die
Also: crash-on-reset
Profile: sequential
Port: $PORT
"""

import os
import signal
import socket
import threading

TELLERS = 3


def teller(counter: socket.socket) -> None:
    while True:
        customer, _ = counter.accept()
        with customer:
            while request := customer.recv(6144):
                customer.sendall(request)


def open_bank() -> None:
    counter = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=30)
    for number in range(TELLERS):
        threading.Thread(
            target=teller, args=(counter,), name=f"teller-{number}", daemon=True
        ).start()
    while True:
        signal.pause()


if __name__ == "__main__":
    open_bank()
