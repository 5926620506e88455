"""
Bug: the data is decoded as UTF-8, so other bytes make the server crash; and accept() is not in
    the loop, so it serves one client only.
Cause: decodes-text, decodes-each-read
Cause: no-accept-loop
Beside: client-error-ends-server, crash-on-reset
Caught by: identity/invalid-utf8, launch/stays-up
Profile: sequential
Port: 21101
"""

import socket

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 21101))
s.listen(1)
conn, addr = s.accept()
print("Connection address:", addr)
while True:
    data = conn.recv(1024).decode()
    if not data:
        break
    print("received", len(data))
    conn.sendall(data.encode())
conn.close()
s.close()
