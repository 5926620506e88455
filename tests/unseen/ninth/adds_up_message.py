"""
Bug: what is received is added to one message, and the whole message is sent back each time, so the
    second answer repeats the first one.
Cause: never-emptied
Profile: one-shot
Port: $PORT
"""

# Network programming, exercise 3 - echo server
import os
import socket

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(os.environ["PORT"])))
    s.listen(100)
    print("waiting for a client", flush=True)
    conn, addr = s.accept()
    with conn:
        print("connected:", addr, flush=True)
        message = bytearray()
        try:
            while True:
                part = conn.recv(1024)
                if part == b"":
                    break
                message += part
                conn.sendall(message)
        except ConnectionError:
            print("client is gone", flush=True)
        print("received", len(message), "bytes", flush=True)
