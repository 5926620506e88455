"""
Bug: what was received is decoded as UTF-8 for the log and encoded again for the answer; bytes
    that are no UTF-8 raise UnicodeDecodeError and the client is cut off.
Cause: decodes-text
Also: decodes-each-read
Caught by: identity/every-byte-value, identity/invalid-utf8
Profile: concurrent
Port: 21005
"""

import socket
import threading
import time


def on_new_client(clientsocket, addr):
    with clientsocket:
        try:
            while True:
                msg = clientsocket.recv(1024).decode("utf-8")
                if not msg:
                    break
                print(addr, " >> ", repr(msg[:40]))
                clientsocket.sendall(msg.encode("utf-8"))
        except ConnectionError:
            pass


s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 21005))
s.listen(50)
print("Server started!")
while True:
    try:
        c, addr = s.accept()
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=on_new_client, args=(c, addr), daemon=True).start()
