"""
Bug: to 'flush' the answer the server calls shutdown(SHUT_WR), which ends its side for good; the
    first answer is also the last one.
Cause: close-inside-loop
Also: closes-before-client
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

srv = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=16)


def answer(conn, data):
    conn.sendall(data)
    # sockets have no flush(), this makes sure that the client gets it now
    conn.shutdown(socket.SHUT_WR)


while True:
    try:
        conn, addr = srv.accept()
    except OSError:
        time.sleep(0.1)
        continue
    with conn:
        try:
            while True:
                data = conn.recv(1024)
                if not data:
                    print("client has finished")
                    break
                answer(conn, data)
        except OSError as error:
            print("could not answer:", error)
