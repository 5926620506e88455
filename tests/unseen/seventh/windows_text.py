"""
Bug: the bytes are decoded as Windows text (cp1252) and encoded again; five values (81, 8D, 8F, 90
    and 9D) are no sign there, and come back as question marks.
Cause: lossy-decoding
Profile: sequential
Port: 27306
"""

import socket
import time

CODEPAGE = "cp1252"  # utf-8 gave errors with my umlauts, this one never does

sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("127.0.0.1", 27306))
sock.listen(3)

while True:
    try:
        verbindung, adresse = sock.accept()
    except OSError:
        time.sleep(0.5)
        continue
    try:
        while True:
            daten = verbindung.recv(1024)
            if not daten:
                break
            text = daten.decode(CODEPAGE, errors="replace")
            verbindung.sendall(text.encode(CODEPAGE, errors="replace"))
    except OSError:
        print("Verbindung weg:", adresse)
    finally:
        verbindung.close()
