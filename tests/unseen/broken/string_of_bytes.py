"""
Bug: the answer is made with str(data), which gives the text b'...' with quotes and escapes
    instead of the data.
Cause: representation-sent
Caught by: identity/hello
Profile: sequential
Port: 21026
"""

import socket
import time

sock = socket.create_server(("127.0.0.1", 21026), backlog=20)
while True:
    try:
        client, address = sock.accept()
    except OSError:
        time.sleep(0.1)
        continue
    print("Got connection from", address)
    try:
        data = client.recv(1024)
        while len(data) > 0:
            answer = str(data)
            client.sendall(answer.encode())
            data = client.recv(1024)
    except OSError as e:
        print("Error:", e)
    client.close()
