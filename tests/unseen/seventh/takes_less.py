"""
Bug: the server looks at up to 1500 bytes with MSG_PEEK and sends them back, but takes at most 1024
    of them out, so what lies behind them is seen, and sent, a second time.
Cause: sent-twice
Profile: one-shot
Port: $PORT
"""

import os
import socket

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(os.environ["PORT"])))
listener.listen(1)
conn, addr = listener.accept()

try:
    while True:
        # look first: if sending fails, the message is still there
        message = conn.recv(1500, socket.MSG_PEEK)
        if len(message) == 0:
            break
        conn.sendall(message)
        # it was sent, so now it can be removed
        conn.recv(1024)
except ConnectionError as problem:
    print("the client broke off:", problem)

conn.close()
listener.close()
