"""Each read is decoded, shown and encoded again.

The textbook server: one connection, then the end; hard-coded port, no SO_REUSEADDR.

Clause: identity/split-utf8
Trigger: a character that is cut by the end of a read, or bytes that are no text
Profile: one-shot
Grade: realistic
Cause: decodes-each-read | decodes-text
Beside: restart-fails
Beside: accept-error-ends | descriptor-famine
Beside: crash-on-reset | client-error-ends-server
Beside: killed-by-sigpipe
"""

import socket

HOST = "127.0.0.1"
PORT = 15109

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen()
    conn, addr = s.accept()
    with conn:
        print(f"Connected by {addr}")
        while True:
            data = conn.recv(1024)
            if not data:
                break
            text = data.decode()
            print("received:", text)
            conn.sendall(text.encode())
