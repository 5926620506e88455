"""
Bug: the end is looked for with `data == ""`, but bytes never equal a str, so the loop goes round
    for ever with empty reads.
Cause: missing-break
Also: spins-at-end, never-closes
Profile: sequential
Port: $PORT
"""

# Exercise 4: echo server
import os
import socket
import time


def talk(client):
    while True:
        data = client.recv(1024)
        if data == "":
            break
        client.sendall(data)


server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
print("waiting for somebody ...")
while True:
    try:
        client, address = server.accept()
    except OSError:
        time.sleep(0.1)
        continue
    print("hello", address)
    try:
        talk(client)
    except OSError:
        print("the client broke off")
    client.close()
    print("bye", address)
